-- What carries out a person's decision about further versions of an instance, and what was held back.

-- (0005) Whether its instances disagree with the study is asked when it is known that they are new (`publish`).
create or replace function file_study(a arriving_study, out study_pk bigint, out is_new boolean, out held boolean)
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
end $$;

-- A disagreement is kept with what was said, by column, so that it can become a correction.
create function ask_about_study(s study, v jsonb, name_keys text[]) returns void
language sql as $$
  insert into identity_question (kind, study_pk, detail, said)
    select 'study', s.study_pk, c.detail, jsonb_build_object('patient_id', v ->> 'patient_id', 'patient_name', v ->> 'patient_name',
      'patient_sex', v ->> 'patient_sex', 'patient_birth_date', v ->> 'patient_birth_date')
    from contradiction(s, v, name_keys) c (detail) where c.detail is not null
    on conflict do nothing
$$;

-- Makes a version the instance, and what was the instance that version: nothing is lost, and the same call takes it back.
create function make_current(chosen bigint) returns void
language plpgsql as $$
declare
  v version;
  i instance;
  m instance_metadata;
  frames bytea;
  told jsonb;
  shown jsonb;
begin
  select * into strict v from version where version_pk = chosen for update;
  select * into strict i from instance where sop_instance_uid = v.sop_instance_uid and study_pk = v.study_pk for no key update;
  select * into strict m from instance_metadata where instance_pk = i.instance_pk;
  select f.frame_table into frames from instance_frames f where f.instance_pk = i.instance_pk;
  told := v.record -> 'instance';
  shown := told -> 'values';

  update version set
    institution_id = i.institution_id, transfer_syntax_uid = i.transfer_syntax_uid, dataset_sha256 = i.dataset_sha256, object_key = i.object_key,
    deflated = m.deflated, frame_table = frames,
    record = jsonb_build_object(
      'study', v.record -> 'study',
      'series', v.record -> 'series',
      'instance', jsonb_build_object(
        'sop_instance_uid', i.sop_instance_uid, 'sop_class_uid', i.sop_class_uid, 'json', i.json, 'transfer_syntax_uid', i.transfer_syntax_uid,
        'values', jsonb_strip_nulls(jsonb_build_object('instance_number', i.instance_number, 'rows', i."rows", 'columns', i."columns",
          'bits_allocated', i.bits_allocated, 'number_of_frames', i.number_of_frames)),
        'dataset_sha256', encode(i.dataset_sha256, 'hex'), 'file_sha256', encode(i.file_sha256, 'hex'), 'dataset_offset', i.dataset_offset,
        'object_key', i.object_key, 'object_size', i.object_size, 'pixels', i.pixels, 'bulk', m.bulk, 'crc32', m.crc32, 'length', m.length,
        'via', i.via, 'ae_title', i.ae_title, 'account_id', i.account_id, 'received_at', i.received_at,
        'declared_character_set', i.declared_character_set, 'used_character_set', i.used_character_set,
        'character_set_repaired', i.character_set_repaired))
  where version_pk = chosen;

  update instance set
    sop_class_uid = told ->> 'sop_class_uid', instance_number = shown ->> 'instance_number', "rows" = shown ->> 'rows',
    "columns" = shown ->> 'columns', bits_allocated = shown ->> 'bits_allocated', number_of_frames = shown ->> 'number_of_frames',
    instance_order = integer_or_last(shown ->> 'instance_number'), json = told ->> 'json', transfer_syntax_uid = told ->> 'transfer_syntax_uid',
    dataset_sha256 = decode(told ->> 'dataset_sha256', 'hex'), file_sha256 = decode(told ->> 'file_sha256', 'hex'),
    dataset_offset = (told ->> 'dataset_offset')::int, object_key = told ->> 'object_key', object_size = (told ->> 'object_size')::bigint,
    pixels = nullif(told -> 'pixels', 'null'), institution_id = v.institution_id, via = told ->> 'via', ae_title = told ->> 'ae_title',
    account_id = (told ->> 'account_id')::int, received_at = (told ->> 'received_at')::timestamptz,
    declared_character_set = told ->> 'declared_character_set', used_character_set = told ->> 'used_character_set',
    character_set_repaired = (told ->> 'character_set_repaired')::boolean
  where instance_pk = i.instance_pk;
  update instance_metadata set deflated = v.deflated, crc32 = (told ->> 'crc32')::bigint, length = (told ->> 'length')::bigint,
    bulk = nullif(told -> 'bulk', 'null') where instance_pk = i.instance_pk;
  delete from instance_frames where instance_pk = i.instance_pk;
  if v.frame_table is not null then
    insert into instance_frames values (i.instance_pk, v.frame_table);
  end if;
  perform raise_revisions(array[i.study_pk]);
  update study_totals t set
    bytes = t.bytes + (told ->> 'object_size')::bigint - i.object_size,
    sop_classes = case when told ->> 'sop_class_uid' = any (t.sop_classes) then t.sop_classes else t.sop_classes || (told ->> 'sop_class_uid') end
    where t.study_pk = i.study_pk;
end $$;

-- Publishes what another institution has sent for a study and was held, and lets that institution see the study. Returns the UIDs of what is new in it;
-- what stands there already with other content becomes a version, for another decision.
create function accept_held(study bigint, sender int) returns setof text
language plpgsql as $$
#variable_conflict use_column
declare
  v version;
  a arriving_instance;
  e arriving_series;
  s study;
  current instance;
  of_series bigint;
  pk bigint;
  stored bigint[] := '{}';
  new_series bigint[] := '{}';
begin
  select * into strict s from study where study_pk = accept_held.study for no key update;
  insert into study_access (institution_id, study_pk, study_date, study_time, reason)
    values (sender, s.study_pk, coalesce(s.study_date, ''), coalesce(s.study_time, ''), 'grant') on conflict do nothing;
  for v in select * from version where study_pk = s.study_pk and kind = 'held' and institution_id = sender order by sop_instance_uid, version_pk for update loop
    e := jsonb_populate_record(null::arriving_series, v.record -> 'series');
    a := jsonb_populate_record(null::arriving_instance, (v.record -> 'instance') || jsonb_build_object(
      'metadata_at', 0, 'metadata_bytes', length(v.deflated), 'frames_at', length(v.deflated), 'frames_bytes', coalesce(length(v.frame_table), 0)));
    select x.series_pk into of_series from series x where x.study_pk = s.study_pk and x.series_instance_uid = e.series_instance_uid;
    if not found then
      insert into series (
        study_pk, series_instance_uid, modality, series_number, series_description, body_part_examined, station_name,
        performed_procedure_step_start_date, performed_procedure_step_start_time, series_order, json
      ) values (
        s.study_pk, e.series_instance_uid, e."values" ->> 'modality', e."values" ->> 'series_number', e."values" ->> 'series_description',
        e."values" ->> 'body_part_examined', e."values" ->> 'station_name', e."values" ->> 'performed_procedure_step_start_date',
        e."values" ->> 'performed_procedure_step_start_time', integer_or_last(e."values" ->> 'series_number'), e.json
      ) returning series_pk into of_series;
      insert into series_totals (series_pk) values (of_series);
      new_series := new_series || of_series;
    end if;
    pk := file_instance(a, s.study_pk, of_series, sender, v.deflated || coalesce(v.frame_table, ''));
    if pk is not null then
      stored := stored || pk;
      delete from version where version_pk = v.version_pk;
      perform ask_about_study(s, v.record -> 'study' -> 'values', array(select jsonb_array_elements_text(v.record -> 'study' -> 'name_keys')));
      return next v.sop_instance_uid;
      continue;
    end if;
    select * into strict current from instance i where i.sop_instance_uid = v.sop_instance_uid for no key update;
    update version set
      study_pk = current.study_pk,
      kind = case when current.transfer_syntax_uid = v.transfer_syntax_uid then 'conflict' else 'other-encoding' end,
      decided_at = case when (current.transfer_syntax_uid, current.dataset_sha256) = (v.transfer_syntax_uid, v.dataset_sha256) then now() end,
      decision = case when (current.transfer_syntax_uid, current.dataset_sha256) = (v.transfer_syntax_uid, v.dataset_sha256) then 'same' end
      where version_pk = v.version_pk;
    if current.transfer_syntax_uid = v.transfer_syntax_uid and current.dataset_sha256 <> v.dataset_sha256 then
      insert into identity_question (kind, study_pk, detail) values ('conflict', current.study_pk, v.sop_instance_uid) on conflict do nothing;
    end if;
  end loop;
  delete from series_totals t where t.series_pk = any (new_series) and not exists (select from instance i where i.study_pk = s.study_pk and i.series_pk = t.series_pk);
  delete from series x where x.series_pk = any (new_series) and not exists (select from instance i where i.study_pk = s.study_pk and i.series_pk = x.series_pk);
  perform add_to_totals(stored, array(select x.series_pk from series x where x.series_pk = any (new_series)));
  perform show_stored(stored);
end $$;

-- A study that comes back to the number it names is filed anew where it contradicts who has that number now.
create function part_contradicting(pk bigint, reason text, account int) returns void
language plpgsql as $$
declare
  s study;
  known record;
begin
  select * into strict s from study where study_pk = pk;
  select * into known from known_of(s.base_patient_pk, pk);
  if sexes_contradict(known.sex, s.patient_sex) or dates_contradict(known.birth_date, s.patient_birth_date) or not names_agree(known.name_keys, s.name_keys) then
    perform correct_study(pk, null, '{}', '{}', '{}', null, null, reason, account);
  end if;
end $$;
