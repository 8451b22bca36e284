-- The change feed: what happened, numbered densely in the order of commits. Everything that reacts to a change reads it from a number on.

create table feed (last bigint not null);
insert into feed values (0);
-- One row, updated by every transaction that changes anything: room for many versions of it on its page.
alter table feed set (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);

create table change (
  number bigint primary key,
  at timestamptz not null default clock_timestamp(),
  kind text not null,
  study_pk bigint,
  -- What of the study: a SOPInstanceUID, the id of a workitem, of a report.
  ref text
);

-- Which changes of this study have there been?
create index change_study on change (study_pk, number);

-- How far each consumer has come.
create table feed_cursor (
  consumer text primary key,
  number bigint not null,
  moved_at timestamptz not null default now()
);

-- The last statement of every transaction that changes something, and nothing is locked after it: the row of `feed` is then held over the commit
-- only, and a number is never visible before its predecessors. Never a sequence: its numbers become visible out of order, and a reader skips them.
-- Returns the number of the first of the new changes, which follow each other in the order of the arrays.
create function append_changes(kinds text[], study_pks bigint[], refs text[]) returns bigint
language plpgsql as $$
declare
  n constant int := cardinality(kinds);
  upto bigint;
begin
  if n = 0 then
    return null;
  end if;
  update feed set last = last + n returning last into upto;
  insert into change (number, kind, study_pk, ref)
    select upto - n + c.ordinality, c.kind, c.study_pk, c.ref
    from unnest(kinds, study_pks, refs) with ordinality as c (kind, study_pk, ref, ordinality);
  return upto - n + 1;
end $$;

create function append_change(kind text, study_pk bigint, ref text default null) returns bigint
language sql as $$ select append_changes(array[kind], array[study_pk], array[ref]) $$;
