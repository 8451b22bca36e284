-- Delete in two steps (PS3.16 CID 7011, IHE RAD IOCM). A rejection moves instances aside: every statement that reads `instance` then hides them by
-- itself. A restoration moves them back as they were. A purge, asked for by one person and confirmed by another, gives up their bytes.

create table rejection (
  rejection_id bigint generated always as identity primary key,
  study_pk bigint not null references study,
  -- 113001 quality · 113037 patient safety · 113038 incorrect worklist entry · 113039 retention expired
  code text not null check (code in ('113001', '113037', '113038', '113039')),
  comment text not null check (length(comment) <= 1000),
  -- What was named: the study, this series of it, or single instances.
  level text not null check (level in ('study', 'series', 'instances')),
  series_instance_uid text collate "C",
  instances int not null,
  bytes bigint not null,
  state text not null default 'rejected' check (state in ('rejected', 'purge-requested', 'purged', 'restored')),
  -- Accounts without foreign keys and with their names: this record outlives them. 0 is a machine, by the title in its name.
  rejected_by int not null,
  rejected_by_name text not null,
  rejected_at timestamptz not null default now(),
  restored_by_name text,
  restored_at timestamptz,
  purge_requested_by int,
  purge_requested_by_name text,
  purge_requested_at timestamptz,
  purge_reason text,
  purge_confirmed_by int check (purge_confirmed_by <> purge_requested_by),
  purge_confirmed_by_name text,
  purged_at timestamptz,
  -- The state to which the reading task of a wholly rejected study returns; null: it was not touched.
  workitem_state text,
  -- The Rejection Note (KOS) of a partial rejection: its UIDs are reserved at once, the instance follows. One that was sent in has no attempt to come.
  note_sop_instance_uid text collate "C" unique,
  note_series_instance_uid text collate "C",
  note_stored_at timestamptz,
  note_attempts int not null default 0,
  note_next_attempt_at timestamptz,
  check ((state = 'purged') = (purged_at is not null) and (purged_at is null or purge_confirmed_by is not null))
);

-- What has been rejected of this study?
create index rejection_study on rejection (study_pk);
-- The newest of a state.
create index rejection_state on rejection (state, rejection_id desc);
-- Which notes are due?
create index rejection_note on rejection (note_next_attempt_at) where note_next_attempt_at is not null;

-- An instance that is aside. `row` is its row of `instance`, whatever columns that has; its metadata and frame table stay where they are, since they are
-- reached through `instance` only. After a purge the row is gone and the identity stays: the same bytes are not to come back by a repetition.
create table rejected_instance (
  sop_instance_uid text collate "C" primary key,
  rejection_id bigint not null references rejection,
  study_pk bigint not null,
  series_instance_uid text collate "C" not null,
  sop_class_uid text collate "C" not null,
  instance_pk bigint not null,
  transfer_syntax_uid text collate "C" not null,
  dataset_sha256 bytea not null,
  object_key text collate "C",
  object_size bigint not null,
  "row" jsonb,
  purged_at timestamptz,
  check ((purged_at is null) = ("row" is not null and object_key is not null))
);
create index rejected_instance_rejection on rejected_instance (rejection_id);
-- Is this object published?
create index rejected_instance_object_key on rejected_instance using hash (object_key);

-- Series without an instance left, and who may see a study without an instance left: aside, so that neither exists for anybody.
create table hidden_series (
  series_pk bigint primary key,
  study_pk bigint not null,
  revision bigint not null,
  "row" jsonb not null
);
create index hidden_series_study on hidden_series (study_pk);
create table hidden_access (
  study_pk bigint not null,
  institution_id int not null,
  "row" jsonb not null,
  primary key (study_pk, institution_id)
);

-- Whose business a study is, hidden or not: for the list of rejections and for telling those who saw it that it has gone. Never for showing it.
create view any_access as
  select study_pk, institution_id from study_access union all select study_pk, institution_id from hidden_access;

-- Whatever opens a hidden study to an institution opens it for the time when it is shown again.
create function keep_study_hidden() returns trigger
language plpgsql as $$
begin
  if exists (select from hidden_access h where h.study_pk = new.study_pk) then
    insert into hidden_access values (new.study_pk, new.institution_id, to_jsonb(new)) on conflict do nothing;
    return null;
  end if;
  return new;
end $$;
create trigger study_access_hidden before insert on study_access for each row execute function keep_study_hidden();

-- Objects that a committed purge has given up: removed by a job, which looks once more whether anything refers to them.
create table purged_object (
  object_key text collate "C" primary key,
  rejection_id bigint not null references rejection,
  next_attempt_at timestamptz not null default now()
);
create index purged_object_due on purged_object (next_attempt_at);

-- Machines whose Rejection Notes are obeyed.
alter table ae add column may_reject boolean not null default false;

-- Brings series, counters and visibility of a study to what its instances are now. The caller has moved instances, and holds their locks. Locks the
-- counters in publishing's order, series first: whoever publishes at this moment is either seen here, or sees in `show_stored` what was done here.
create function settle_study(study bigint) returns void
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

-- Moves instances aside, under a rejection. Those that are gone already are left out; returns how many went, and their bytes.
create function hide_instances(rejection bigint, pks bigint[], out instances int, out bytes bigint)
language plpgsql as $$
#variable_conflict use_column
begin
  perform from instance i where i.instance_pk = any (pks) order by i.sop_instance_uid for update;
  with gone as (
    delete from instance i where i.instance_pk = any (pks) returning i.*
  ), kept as (
    insert into rejected_instance as r (
      sop_instance_uid, rejection_id, study_pk, series_instance_uid, sop_class_uid, instance_pk, transfer_syntax_uid, dataset_sha256, object_key,
      object_size, "row"
    )
    select g.sop_instance_uid, hide_instances.rejection, g.study_pk, e.series_instance_uid, g.sop_class_uid, g.instance_pk, g.transfer_syntax_uid,
      g.dataset_sha256, g.object_key, g.object_size, to_jsonb(g)
    from gone g join series e on e.series_pk = g.series_pk
    -- What is left of an instance that was purged.
    on conflict (sop_instance_uid) do update set
      rejection_id = excluded.rejection_id, study_pk = excluded.study_pk, series_instance_uid = excluded.series_instance_uid,
      sop_class_uid = excluded.sop_class_uid, instance_pk = excluded.instance_pk, transfer_syntax_uid = excluded.transfer_syntax_uid,
      dataset_sha256 = excluded.dataset_sha256, object_key = excluded.object_key, object_size = excluded.object_size, "row" = excluded."row",
      purged_at = null
    returning r.object_size
  )
  select count(*), coalesce(sum(kept.object_size), 0) into instances, bytes from kept;
  perform settle_study(r.study_pk) from rejection r where r.rejection_id = hide_instances.rejection;
end $$;

-- Moves the instances of a rejection back as they were, and returns their UIDs. Its own note, and those of others that were taken back, stay aside: they
-- say what is no longer so.
create function restore_instances(rejection bigint) returns text[]
language plpgsql as $$
declare
  uids text[];
begin
  uids := array(
    select i.sop_instance_uid from rejected_instance i where i.rejection_id = restore_instances.rejection and not exists (
      select from rejection n where n.note_sop_instance_uid = i.sop_instance_uid and (n.rejection_id = restore_instances.rejection or n.state = 'restored')
    ) order by 1 for update of i
  );
  insert into instance overriding system value
    select r.* from rejected_instance i, jsonb_populate_record(null::instance, i."row") r where i.sop_instance_uid = any (uids) order by i.sop_instance_uid;
  delete from rejected_instance i where i.sop_instance_uid = any (uids);
  perform settle_study(r.study_pk) from rejection r where r.rejection_id = restore_instances.rejection;
  return uids;
end $$;

-- The last statement of a publication: an instance that came while its series or study was hidden shows it again.
create function show_stored(stored bigint[]) returns void
language sql as $$
  select settle_study(s.study_pk) from (
    select distinct i.study_pk from instance i where i.instance_pk = any (stored) and (
      exists (select from hidden_access h where h.study_pk = i.study_pk) or exists (select from hidden_series h where h.series_pk = i.series_pk))
    order by 1
  ) s
$$;

-- From when on a study's images may be given up. What was rejected by mistake of the examination: so many days later. What has expired, and whatever a
-- signed report was written on: so many years after the last time the person was seen (国卫医发〔2013〕31号), to the end of that month.
create function retain_until(study bigint, code text, rejected_at timestamptz, years int, days int) returns timestamptz
language sql stable
return greatest(
  case when code <> '113039' then rejected_at + make_interval(days => days) end,
  case when code = '113039' or exists (select from report r where r.study_pk = study) then (
    select max(case when o.study_date ~ '^(19|20)\d\d(0[1-9]|1[0-2])\d\d$'
      then least(make_date(left(o.study_date, 4)::int, substr(o.study_date, 5, 2)::int, 1) + interval '1 month', o.first_received_at)
      else o.first_received_at end)
    from study s join patient mine on mine.patient_pk = s.patient_pk join patient theirs on theirs.person_pk = mine.person_pk
      join study o on o.patient_pk = theirs.patient_pk
    where s.study_pk = study
  ) + make_interval(years => years) end
);

-- As in 0005 with the plans of 0021, and: an instance that was rejected stays aside. One row for each instance: stored, duplicate, other-encoding,
-- conflict, held or rejected, and its number in the change feed (null: no change).
create or replace function publish(epoch int, studies json, series json, instances json, bytes bytea)
returns table ("position" int, outcome text, change bigint)
language plpgsql
-- Plans are made once for each connection, perhaps while the tables are still empty and a scan of all rows seems cheap; it would be kept for hours.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  s arriving_study;
  e arriving_series;
  a arriving_instance;
  filed record;
  current record;
  aside rejected_instance;
  pk bigint;
  institution int;
  -- By position in the lists that came.
  study_pks bigint[] := array_fill(null::bigint, array[json_array_length(studies)]);
  senders int[] := array_fill(null::int, array[json_array_length(studies)]);
  held boolean[] := array_fill(false, array[json_array_length(studies)]);
  series_pks bigint[] := array_fill(null::bigint, array[json_array_length(series)]);
  outcomes text[] := array_fill(null::text, array[json_array_length(instances)]);
  changed_studies bigint[] := array_fill(null::bigint, array[json_array_length(instances)]);
  uids text[] := array_fill(null::text, array[json_array_length(instances)]);
  repeated boolean[] := array_fill(false, array[json_array_length(instances)]);
  -- What this call has made.
  new_studies bigint[] := '{}';
  new_series bigint[] := '{}';
  stored bigint[] := '{}';
begin
  perform from epoch g where g.epoch_id = publish.epoch and g.closed_at is null for share;
  if not found then
    raise exception 'epoch % is closed', epoch using errcode = 'AR001';
  end if;

  perform lock_new_studies(studies);
  for s in select l.* from json_populate_recordset(null::arriving_study, studies) l order by l.study_instance_uid collate "C", l.position loop
    filed := file_study(s);
    study_pks[s.position] := filed.study_pk;
    senders[s.position] := s.institution_id;
    held[s.position] := filed.held;
    if filed.is_new then
      new_studies := new_studies || filed.study_pk;
    end if;
  end loop;

  for e in
    select l.* from json_populate_recordset(null::arriving_series, series) l where not held[l.study]
    order by l.series_instance_uid collate "C", study_pks[l.study]
  loop
    select x.series_pk into pk from series x where x.series_instance_uid = e.series_instance_uid and x.study_pk = study_pks[e.study];
    if not found then
      insert into series (
        study_pk, series_instance_uid, modality, series_number, series_description, body_part_examined, station_name,
        performed_procedure_step_start_date, performed_procedure_step_start_time, series_order, json
      ) values (
        study_pks[e.study], e.series_instance_uid, e."values" ->> 'modality', e."values" ->> 'series_number', e."values" ->> 'series_description',
        e."values" ->> 'body_part_examined', e."values" ->> 'station_name', e."values" ->> 'performed_procedure_step_start_date',
        e."values" ->> 'performed_procedure_step_start_time', integer_or_last(e."values" ->> 'series_number'), e.json
      ) on conflict do nothing returning series_pk into pk;
      if found then
        insert into series_totals (series_pk) values (pk);
        new_series := new_series || pk;
      else
        select x.series_pk into pk from series x where x.series_instance_uid = e.series_instance_uid and x.study_pk = study_pks[e.study];
      end if;
    end if;
    series_pks[e.position] := pk;
  end loop;

  for a in select l.* from json_populate_recordset(null::arriving_instance, instances) l order by l.sop_instance_uid collate "C", l.position loop
    institution := senders[a.study];
    uids[a.position] := a.sop_instance_uid;
    changed_studies[a.position] := study_pks[a.study];
    if held[a.study] then
      outcomes[a.position] := case when keep_version(
        'held', a, study_pks[a.study], institution,
        jsonb_build_object('study', studies -> (a.study - 1), 'series', series -> (a.series - 1), 'instance', instances -> (a.position - 1)), bytes
      ) then 'held' else 'duplicate' end;
      continue;
    end if;
    pk := file_instance(a, study_pks[a.study], series_pks[a.series], institution, bytes);
    if pk is not null then
      -- Looked for after the insert, which has waited for whoever was rejecting it. A UID that was purged is free for other content, and for any when
      -- its time had run out.
      select r.* into aside from rejected_instance r join rejection j using (rejection_id) where r.sop_instance_uid = a.sop_instance_uid
        and (r.purged_at is null or j.code <> '113039' and r.transfer_syntax_uid = a.transfer_syntax_uid
          and r.dataset_sha256 = decode(a.dataset_sha256, 'hex'));
      if not found then
        stored := stored || pk;
        outcomes[a.position] := 'stored';
        continue;
      end if;
      delete from instance i where i.instance_pk = pk;
      delete from instance_metadata m where m.instance_pk = pk;
      delete from instance_frames f where f.instance_pk = pk;
      changed_studies[a.position] := aside.study_pk;
      if aside.object_key = a.object_key then
        -- Stored by this very call, whose first answer was lost, and rejected since.
        outcomes[a.position] := 'stored';
        repeated[a.position] := true;
      elsif aside.transfer_syntax_uid = a.transfer_syntax_uid and aside.dataset_sha256 = decode(a.dataset_sha256, 'hex') then
        outcomes[a.position] := 'rejected';
      elsif exists (
        select from version v where v.sop_instance_uid = a.sop_instance_uid and v.kind <> 'held'
          and v.transfer_syntax_uid = a.transfer_syntax_uid and v.dataset_sha256 = decode(a.dataset_sha256, 'hex') and v.object_key <> a.object_key
      ) then
        outcomes[a.position] := 'duplicate';
      else
        outcomes[a.position] := case when aside.transfer_syntax_uid = a.transfer_syntax_uid then 'conflict' else 'other-encoding' end;
        perform keep_version(
          outcomes[a.position], a, aside.study_pk, institution,
          jsonb_build_object('study', studies -> (a.study - 1), 'series', series -> (a.series - 1), 'instance', instances -> (a.position - 1)), bytes
        );
        if outcomes[a.position] = 'conflict' then
          insert into identity_question (kind, study_pk, detail) values ('conflict', aside.study_pk, a.sop_instance_uid) on conflict do nothing;
        end if;
      end if;
      continue;
    end if;

    -- The UID is taken. Versions of one instance are decided one after the other.
    select i.study_pk, i.object_key, i.transfer_syntax_uid, encode(i.dataset_sha256, 'hex') as dataset_sha256 into current
      from instance i where i.sop_instance_uid = a.sop_instance_uid for no key update;
    if not found then
      -- Rejected between the two statements. The publisher asks again, as after any deadlock.
      raise exception 'instance % was rejected this moment', a.sop_instance_uid using errcode = 'deadlock_detected';
    end if;
    if current.object_key = a.object_key then
      -- The same call again: its first answer was lost with the connection.
      outcomes[a.position] := 'stored';
      repeated[a.position] := true;
      continue;
    end if;
    if (current.transfer_syntax_uid = a.transfer_syntax_uid and current.dataset_sha256 = a.dataset_sha256) or exists (
      select from version v where v.sop_instance_uid = a.sop_instance_uid and v.kind <> 'held'
        and v.transfer_syntax_uid = a.transfer_syntax_uid and v.dataset_sha256 = decode(a.dataset_sha256, 'hex') and v.object_key <> a.object_key
    ) then
      outcomes[a.position] := 'duplicate';
      continue;
    end if;
    outcomes[a.position] := case when current.transfer_syntax_uid = a.transfer_syntax_uid then 'conflict' else 'other-encoding' end;
    changed_studies[a.position] := current.study_pk;
    perform keep_version(
      outcomes[a.position], a, current.study_pk, institution,
      jsonb_build_object('study', studies -> (a.study - 1), 'series', series -> (a.series - 1), 'instance', instances -> (a.position - 1)), bytes
    );
    if outcomes[a.position] = 'conflict' then
      insert into identity_question (kind, study_pk, detail) values ('conflict', current.study_pk, a.sop_instance_uid) on conflict do nothing;
    end if;
  end loop;

  if cardinality(stored) < cardinality(outcomes) then
    perform remove_empty(new_studies, new_series);
  end if;
  insert into identity_question (kind, study_pk, patient_pk, suspected_patient_pk)
    select 'patient', n.study_pk, p.patient_pk, p.suspected_patient_pk
    from study n join patient p using (patient_pk) where n.study_pk = any (new_studies) and p.provisional
    on conflict do nothing;
  perform add_to_totals(stored, new_series);
  perform show_stored(stored);

  return query
    with outcome as (
      select o.outcome, changed_studies[o.position] as study_pk, uids[o.position] as ref, o.position,
        case when repeated[o.position] then null else case o.outcome when 'stored' then 'instance' when 'held' then 'held' when 'conflict' then 'version' when 'other-encoding' then 'version' end end as kind
      from unnest(outcomes) with ordinality o (outcome, position)
    ),
    appended as (
      select append_changes(
        array_agg(kind order by outcome.position), array_agg(study_pk order by outcome.position), array_agg(ref order by outcome.position)
      ) as first
      from outcome where kind is not null having count(*) > 0
    )
    select outcome.position::int, outcome.outcome,
      case when kind is not null then (select first from appended) + count(kind) over (order by outcome.position) - 1 end
    from outcome order by outcome.position;
end $$;
