-- When each critical value of a task was raised and acknowledged (null: not yet), in the order of raising: one that is younger than ten minutes and waits
-- is neither in time nor late, and time alone makes it late. They take the place of two counts, which are made from them.
alter table reading_fact add column critical_raised_at timestamptz[] not null default '{}';
alter table reading_fact add column critical_acknowledged_at timestamptz[] not null default '{}';
update reading_fact f set critical_raised_at = told.raised, critical_acknowledged_at = told.acknowledged
from (
  select c.workitem_id, array_agg(c.raised_at order by c.raised_at, c.id) as raised, array_agg(c.acknowledged_at order by c.raised_at, c.id) as acknowledged
  from critical_value c where c.state <> 'WITHDRAWN' group by c.workitem_id
) told
where told.workitem_id = f.workitem_id;
-- Figures of a former system know how many were in time, and not when.
update reading_fact f set critical_raised_at = array_fill(critical_at, array[criticals]),
  critical_acknowledged_at = array_fill(critical_at, array[criticals_in_time]) || array_fill(null::timestamptz, array[criticals - criticals_in_time])
where workitem_id is null and criticals > 0;
alter table reading_fact drop column criticals, drop column criticals_in_time;
