-- Publishing: what a gateway has stored becomes visible, in one call and one transaction.
--
-- Order of locks, the same for everybody, so that writers wait for each other but never in a circle: epoch, new studies, their patients, series,
-- instances, totals, feed; each in the order of its identifier.

-- What is sent besides the bytes. Studies and series are named once a batch (a study once more for each other sender or patient it is sent with);
-- `study` and `series` are positions in those lists, counted from 1, as `position` itself; `…_at` are offsets in `bytes`, counted from 0.
create type arriving_study as (
  position int,
  study_instance_uid text,
  institution_id int,
  grants int[],
  "values" jsonb,
  json text,
  name_keys text[],
  received_at timestamptz
);
create type arriving_series as (position int, study int, series_instance_uid text, "values" jsonb, json text);
create type arriving_instance as (
  position int,
  study int,
  series int,
  sop_instance_uid text,
  sop_class_uid text,
  "values" jsonb,
  json text,
  transfer_syntax_uid text,
  dataset_sha256 text,
  file_sha256 text,
  dataset_offset int,
  object_key text,
  object_size bigint,
  pixels jsonb,
  bulk jsonb,
  metadata_at int,
  metadata_bytes int,
  crc32 bigint,
  length bigint,
  frames_at int,
  frames_bytes int,
  via text,
  ae_title text,
  account_id int,
  received_at timestamptz,
  declared_character_set text,
  used_character_set text,
  character_set_repaired boolean
);

create function integer_or_last(digits text) returns int
language sql immutable parallel safe
return case when digits ~ '^\s*[+-]?\d{1,9}\s*$' then btrim(digits)::int else 2147483647 end;

-- The longest Han and the longest Latin key of a name: the name as a whole. (A key is one or the other.)
create function whole_names(name_keys text[]) returns text[]
language sql immutable parallel safe
return (
  select coalesce(array_agg(k.key), '{}')
  from (select key, rank() over (partition by key ~ '[a-z]' order by char_length(key) desc) from unnest(name_keys) key) k
  where k.rank = 1
);

-- Two names agree when one as a whole is found by the other, in Han or Latin letters (张三 and ZHANG^SAN do, 张三 and 张四 do not), or one is empty.
create function names_agree(one text[], other text[]) returns boolean
language sql immutable parallel safe
return cardinality(one) = 0 or cardinality(other) = 0 or whole_names(one) && other or whole_names(other) && one;

-- Two values that are both known and differ. Sex O (other) and any unfinished date say nothing.
create function sexes_contradict(one text, other text) returns boolean
language sql immutable parallel safe
return coalesce(one in ('M', 'F') and other in ('M', 'F') and one <> other, false);

create function dates_contradict(one text, other text) returns boolean
language sql immutable parallel safe
return coalesce(one ~ '^\d{8}$' and other ~ '^\d{8}$' and one <> other, false);

-- Who numbers this study's patient: IssuerOfPatientID where the institution believes it, else the institution. Null when the PatientID is worthless.
create function issuer_of(institution int, patient_id text, issuer_of_patient_id text) returns text
language sql stable
return (
  select case
    when coalesce(btrim(patient_id), '') = '' or upper(btrim(patient_id)) = any (i.worthless_patient_ids) then null
    when issuer_of_patient_id = any (i.issuers_of_patient_id) then issuer_of_patient_id
    else 'institution/' || institution
  end
  from institution i where i.institution_id = institution
);

create function new_patient(issuer text, patient_id text, suspected bigint, name_keys text[], sex text, birth_date text) returns bigint
language sql as $$
  with person as (insert into person default values returning person_pk)
  insert into patient (person_pk, issuer, patient_id, provisional, suspected_patient_pk, name_keys, sex, birth_date)
  select person_pk, issuer, patient_id, suspected is not null, suspected, name_keys, sex, birth_date from person
  returning patient_pk
$$;

-- The patient that a new study is filed under. The caller holds the lock of (issuer, patient_id).
create function file_patient(institution int, v jsonb, name_keys text[]) returns bigint
language plpgsql as $$
<<told>>
declare
  id constant text := btrim(v ->> 'patient_id');
  issuer constant text := issuer_of(institution, id, v ->> 'issuer_of_patient_id');
  sex constant text := v ->> 'patient_sex';
  birth_date constant text := v ->> 'patient_birth_date';
  candidate patient;
  suspected bigint;
begin
  if issuer is null then
    return new_patient(null, null, null, name_keys, sex, birth_date);
  end if;
  for candidate in
    select * from patient p where p.issuer = told.issuer and p.patient_id = told.id order by p.patient_pk
  loop
    if not sexes_contradict(candidate.sex, sex) and not dates_contradict(candidate.birth_date, birth_date)
      and names_agree(candidate.name_keys, name_keys)
    then
      -- What was not known before is known now.
      if (candidate.sex is null and sex is not null) or (candidate.birth_date is null and birth_date is not null)
        or (cardinality(candidate.name_keys) = 0 and cardinality(name_keys) > 0)
      then
        update patient p set
          sex = coalesce(p.sex, told.sex),
          birth_date = coalesce(p.birth_date, told.birth_date),
          name_keys = case when cardinality(p.name_keys) = 0 then file_patient.name_keys else p.name_keys end
        where p.patient_pk = candidate.patient_pk;
      end if;
      return candidate.patient_pk;
    end if;
    suspected := coalesce(suspected, candidate.patient_pk);
  end loop;
  return new_patient(issuer, id, suspected, name_keys, sex, birth_date);
end $$;

-- What a study in which this one's instances also stand says of its patient, where it contradicts; null where it does not.
create function contradiction(s study, v jsonb, name_keys text[]) returns text
language sql stable
return case
  when (s.patient_id = v ->> 'patient_id') is false
    or sexes_contradict(s.patient_sex, v ->> 'patient_sex')
    or dates_contradict(s.patient_birth_date, v ->> 'patient_birth_date')
    or (s.patient_name = v ->> 'patient_name') is false and not names_agree(s.name_keys, name_keys)
  then concat_ws(' ', v ->> 'patient_id', v ->> 'patient_name', v ->> 'patient_sex', v ->> 'patient_birth_date')
end;

-- Step 1 of publishing: locks the studies that nobody knows yet, then their patients: of several writers one makes them, the others find them.
create function lock_new_studies(studies json) returns void
language plpgsql as $$
begin
  perform pg_advisory_xact_lock(1, n.key) from (
    select distinct hashtext(a.study_instance_uid) as key from json_populate_recordset(null::arriving_study, studies) a
    where not exists (select from study s where s.study_instance_uid = a.study_instance_uid) order by 1
  ) n;
  if found then
    perform pg_advisory_xact_lock(2, n.key) from (
      select distinct hashtext(issuer_of(a.institution_id, a."values" ->> 'patient_id', a."values" ->> 'issuer_of_patient_id')
        || '/' || btrim(a."values" ->> 'patient_id')) as key
      from json_populate_recordset(null::arriving_study, studies) a
      where not exists (select from study s where s.study_instance_uid = a.study_instance_uid) order by 1
    ) n where n.key is not null;
  end if;
end $$;

-- Finds or makes the study. `held`: it belongs to an institution that has not granted it to the sender.
create function file_study(a arriving_study, out study_pk bigint, out is_new boolean, out held boolean)
language plpgsql as $$
#variable_conflict use_column
declare
  known study;
begin
  select s.* into known from study s where s.study_instance_uid = a.study_instance_uid;
  is_new := not found;
  if is_new then
    insert into study (
      study_instance_uid, institution_id, patient_pk, patient_name, patient_id, issuer_of_patient_id, patient_birth_date, patient_sex, study_date,
      study_time, accession_number, referring_physician_name, study_description, study_id, institution_name, name_keys, json, first_received_at
    ) values (
      a.study_instance_uid, a.institution_id, file_patient(a.institution_id, a."values", a.name_keys), a."values" ->> 'patient_name',
      a."values" ->> 'patient_id', a."values" ->> 'issuer_of_patient_id', a."values" ->> 'patient_birth_date', a."values" ->> 'patient_sex',
      a."values" ->> 'study_date', a."values" ->> 'study_time', a."values" ->> 'accession_number', a."values" ->> 'referring_physician_name',
      a."values" ->> 'study_description', a."values" ->> 'study_id', a."values" ->> 'institution_name', a.name_keys, a.json, a.received_at
    ) returning study.* into known;
    insert into study_totals (study_pk, last_received_at) values (known.study_pk, a.received_at);
  end if;
  study_pk := known.study_pk;
  held := known.institution_id <> a.institution_id
    and not exists (select from study_access c where c.study_pk = known.study_pk and c.institution_id = a.institution_id);
  if held then
    insert into identity_question (kind, study_pk, detail) values ('held', known.study_pk, 'institution/' || a.institution_id) on conflict do nothing;
    return;
  end if;
  -- Only the owner's own equipment grants; a sender that was granted the study passes nothing on.
  if known.institution_id = a.institution_id then
    insert into study_access (institution_id, study_pk, study_date, study_time, reason)
      select g.institution_id, known.study_pk, coalesce(known.study_date, ''), coalesce(known.study_time, ''),
        case when g.institution_id = known.institution_id then 'owner' else 'grant' end
      from (select known.institution_id union select unnest(a.grants) order by 1) g (institution_id)
      where is_new or not exists (select from study_access c where c.study_pk = known.study_pk and c.institution_id = g.institution_id)
      on conflict do nothing;
  end if;
  if not is_new then
    insert into identity_question (kind, study_pk, detail)
      select 'study', known.study_pk, c.detail from contradiction(known, a."values", a.name_keys) c (detail) where c.detail is not null
      on conflict do nothing;
  end if;
end $$;

-- Takes back what was made for instances that turned out to be in another study already.
create function remove_empty(new_studies bigint[], new_series bigint[]) returns void
language plpgsql as $$
declare
  orphans bigint[];
begin
  delete from series e where e.series_pk = any (new_series) and not exists (select from instance i where i.study_pk = e.study_pk and i.series_pk = e.series_pk);
  with gone as (
    delete from study s where s.study_pk = any (new_studies) and not exists (select from instance i where i.study_pk = s.study_pk) returning s.patient_pk
  )
  select array_agg(gone.patient_pk) into orphans from gone;
  with gone as (
    delete from patient p where p.patient_pk = any (orphans)
      and not exists (select from study s where s.patient_pk = p.patient_pk)
      and not exists (select from patient other where other.suspected_patient_pk = p.patient_pk)
    returning p.person_pk
  )
  delete from person h using gone where h.person_pk = gone.person_pk;
end $$;

-- Adds what was stored to the counters, series first, each in the order of its key.
create function add_to_totals(stored bigint[], new_series bigint[]) returns void
language plpgsql as $$
declare
  t record;
begin
  for t in
    select i.series_pk, count(*) as instances from instance i where i.instance_pk = any (stored) group by i.series_pk order by i.series_pk
  loop
    update series_totals set instances = instances + t.instances, revision = revision + 1 where series_pk = t.series_pk;
  end loop;
  for t in
    select i.study_pk, count(*) as instances, sum(i.object_size) as bytes, max(i.received_at) as received_at,
      array_agg(distinct i.sop_class_uid) as sop_classes,
      (select count(*) from series e where e.series_pk = any (new_series) and e.study_pk = i.study_pk) as series,
      (select coalesce(array_agg(distinct e.modality), '{}') from series e
        where e.series_pk = any (new_series) and e.study_pk = i.study_pk and e.modality is not null) as modalities
    from instance i where i.instance_pk = any (stored) group by i.study_pk order by i.study_pk
  loop
    update study_totals set
      series = series + t.series,
      instances = instances + t.instances,
      bytes = bytes + t.bytes,
      last_received_at = greatest(last_received_at, t.received_at),
      sop_classes = case when sop_classes @> t.sop_classes then sop_classes
        else (select array_agg(distinct c order by c) from unnest(sop_classes || t.sop_classes) c) end,
      modalities = case when modalities @> t.modalities then modalities
        else (select array_agg(distinct m order by m) from unnest(modalities || t.modalities) m) end,
      revision = revision + 1
    where study_pk = t.study_pk;
  end loop;
end $$;

-- The instance itself, with its metadata and frame table; null when its SOPInstanceUID is taken.
create function file_instance(a arriving_instance, study bigint, series bigint, institution int, bytes bytea) returns bigint
language plpgsql as $$
#variable_conflict use_column
declare
  pk bigint;
begin
  insert into instance (
    study_pk, series_pk, sop_instance_uid, sop_class_uid, instance_number, "rows", "columns", bits_allocated, number_of_frames, instance_order, json,
    transfer_syntax_uid, dataset_sha256, file_sha256, dataset_offset, object_key, object_size, pixels, institution_id, via, ae_title, account_id,
    received_at, declared_character_set, used_character_set, character_set_repaired
  ) values (
    study, series, a.sop_instance_uid, a.sop_class_uid, a."values" ->> 'instance_number', a."values" ->> 'rows', a."values" ->> 'columns',
    a."values" ->> 'bits_allocated', a."values" ->> 'number_of_frames', integer_or_last(a."values" ->> 'instance_number'), a.json,
    a.transfer_syntax_uid, decode(a.dataset_sha256, 'hex'), decode(a.file_sha256, 'hex'), a.dataset_offset, a.object_key, a.object_size, a.pixels,
    institution, a.via, a.ae_title, a.account_id, a.received_at, a.declared_character_set, a.used_character_set, a.character_set_repaired
  ) on conflict (sop_instance_uid) do nothing returning instance_pk into pk;
  if not found then
    return null;
  end if;
  insert into instance_metadata values (pk, substring(bytes from a.metadata_at + 1 for a.metadata_bytes), a.crc32, a.length, a.bulk);
  if a.frames_bytes > 0 then
    insert into instance_frames values (pk, substring(bytes from a.frames_at + 1 for a.frames_bytes));
  end if;
  return pk;
end $$;

-- Keeps what does not become the instance; false when the same is kept already in another object.
create function keep_version(kind text, a arriving_instance, study bigint, institution int, record jsonb, bytes bytea) returns boolean
language plpgsql as $$
#variable_conflict use_column
begin
  insert into version (
    kind, sop_instance_uid, study_pk, institution_id, transfer_syntax_uid, dataset_sha256, object_key, record, deflated, frame_table
  ) values (
    keep_version.kind, a.sop_instance_uid, study, institution, a.transfer_syntax_uid, decode(a.dataset_sha256, 'hex'), a.object_key, keep_version.record,
    substring(bytes from a.metadata_at + 1 for a.metadata_bytes),
    case when a.frames_bytes > 0 then substring(bytes from a.frames_at + 1 for a.frames_bytes) end
  ) on conflict do nothing;
  return found or exists (select from version v where v.object_key = a.object_key);
end $$;

-- Publishes a batch. One row for each instance: stored, duplicate, other-encoding, conflict or held, and its number in the change feed (null: no change).
create function publish(epoch int, studies json, series json, instances json, bytes bytea)
returns table ("position" int, outcome text, change bigint)
language plpgsql
-- Plans are made once for each connection, perhaps while the tables are still empty and a scan of all rows seems cheap; it would be kept for hours.
set enable_seqscan = off
as $$
#variable_conflict use_column
declare
  s arriving_study;
  e arriving_series;
  a arriving_instance;
  filed record;
  current record;
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
      stored := stored || pk;
      outcomes[a.position] := 'stored';
      continue;
    end if;

    -- The UID is taken. Versions of one instance are decided one after the other.
    select i.study_pk, i.object_key, i.transfer_syntax_uid, encode(i.dataset_sha256, 'hex') as dataset_sha256 into strict current
      from instance i where i.sop_instance_uid = a.sop_instance_uid for no key update;
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

  return query
    with outcome as (
      select o.outcome, changed_studies[o.position] as study_pk, uids[o.position] as ref, o.position,
        case when repeated[o.position] then null else case o.outcome when 'stored' then 'instance' when 'duplicate' then null when 'held' then 'held' else 'version' end end as kind
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
