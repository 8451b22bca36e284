-- The change feed of DICOMweb: every institution counts what it may see from 1 on, without a gap, so that no number tells of what others do. A run is a
-- stretch of the feed in which each number is such a change: it stands for `length` of them. Institution 0 sees everything.
create table change_run (
  institution_id int not null,
  sequence_from bigint not null,
  number_from bigint not null,
  length int not null check (length > 0),
  primary key (institution_id, sequence_from)
);

-- (0040) A series that comes back shows what was corrected meanwhile. Brings series, counters and visibility of a study to what its instances are now. The caller has moved instances, and holds their locks. Locks the
-- counters in publishing's order, series first: whoever publishes at this moment is either seen here, or sees in `show_stored` what was done here.
create or replace function settle_study(study bigint) returns void
language plpgsql as $$
declare
  access hidden_access[];
  is_empty boolean;
begin
  perform from series_totals t where t.series_pk in (select e.series_pk from series e where e.study_pk = study) order by t.series_pk for update;
  perform from study_totals t where t.study_pk = study for update;

  insert into hidden_series (series_pk, study_pk, revision, "row")
    select e.series_pk, study, t.revision, to_jsonb(e) from series e join series_totals t using (series_pk)
    where e.study_pk = study and not exists (select from instance i where i.study_pk = study and i.series_pk = e.series_pk);
  delete from series e using hidden_series h where h.study_pk = study and e.series_pk = h.series_pk;

  -- A series that has instances again comes back. Where a new row was made for it meanwhile, that one has them, and the old one stays as its other name.
  update instance i set series_pk = target.pk
    from hidden_series h, lateral (select coalesce(
      (select e.series_pk from series e where e.study_pk = study and e.series_instance_uid = h."row" ->> 'series_instance_uid'),
      (select min(o.series_pk) from hidden_series o where o.study_pk = study and o."row" -> 'series_instance_uid' = h."row" -> 'series_instance_uid')
    ) as pk) target
    where h.study_pk = study and i.study_pk = study and i.series_pk = h.series_pk and target.pk <> h.series_pk;
  with shown as (
    delete from hidden_series h where h.study_pk = study and exists (select from instance i where i.study_pk = study and i.series_pk = h.series_pk)
    returning h.*
  ), row_again as (
    insert into series overriding system value select r.* from shown, jsonb_populate_record(null::series, shown."row") r returning series_pk
  )
  insert into series_totals (series_pk, instances, revision) select shown.series_pk, 0, shown.revision from shown;
  -- What was corrected while it was away (no totals yet: it has just come back).
  perform refresh_series(t.series_pk) from series_totals t join series e using (series_pk) where e.study_pk = study and t.instances = 0;

  update series_totals t set instances = n.instances, revision = t.revision + 1
    from (select i.series_pk, count(*) as instances from instance i where i.study_pk = study group by i.series_pk) n
    where t.series_pk = n.series_pk and t.instances <> n.instances;
  update study_totals t set
    series = (select count(*) from series e where e.study_pk = study),
    instances = n.instances,
    bytes = n.bytes,
    modalities = coalesce((select array_agg(distinct e.modality) from series e where e.study_pk = study and e.modality is not null), '{}'),
    sop_classes = n.sop_classes,
    revision = t.revision + 1
    from (
      select count(*) as instances, coalesce(sum(i.object_size), 0) as bytes, coalesce(array_agg(distinct i.sop_class_uid), '{}') as sop_classes
      from instance i where i.study_pk = study
    ) n
    where t.study_pk = study
    returning n.instances = 0 into is_empty;

  if is_empty then
    insert into hidden_access select a.study_pk, a.institution_id, to_jsonb(a) from study_access a where a.study_pk = study;
    delete from study_access a where a.study_pk = study;
  else
    access := array(select h from hidden_access h where h.study_pk = study);
    if cardinality(access) > 0 then
      delete from hidden_access h where h.study_pk = study;
      insert into study_access
        select r.* from unnest(access) h, study s, jsonb_populate_record(null::study_access,
          h."row" || jsonb_build_object('study_date', coalesce(s.study_date, ''), 'study_time', coalesce(s.study_time, ''))) r
        where s.study_pk = study;
    end if;
  end if;
end $$;

