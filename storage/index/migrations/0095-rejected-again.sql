-- (0092) What was rejected is looked for once a batch, not once an instance, and what is hidden by study and series: one instance alone had become 0.8 ms
-- dearer, one of a batch 0.1 ms. One row for each instance: stored, duplicate, other-encoding,
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
  study_of int[] := array_fill(null::int, array[json_array_length(instances)]);
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
    study_of[a.position] := a.study;
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
    ) or exists (
      select from corrected_header h where h.sop_instance_uid = a.sop_instance_uid
        and h.transfer_syntax_uid = a.transfer_syntax_uid and h.dataset_sha256 = decode(a.dataset_sha256, 'hex')
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

  -- What was rejected goes aside again. Looked for after the inserts, which have waited for whoever was rejecting. A UID that was purged is free for other
  -- content, and for any when its time had run out.
  if exists (select from rejected_instance r where r.sop_instance_uid = any (uids)) then
    for a in
      select l.* from json_populate_recordset(null::arriving_instance, instances) l
      where outcomes[l.position] = 'stored' and not repeated[l.position] order by l.sop_instance_uid collate "C", l.position
    loop
      select r.* into aside from rejected_instance r join rejection j using (rejection_id) where r.sop_instance_uid = a.sop_instance_uid
        and (r.purged_at is null or j.code <> '113039' and r.transfer_syntax_uid = a.transfer_syntax_uid
          and r.dataset_sha256 = decode(a.dataset_sha256, 'hex'));
      continue when not found;
      institution := senders[a.study];
      delete from instance i where i.sop_instance_uid = a.sop_instance_uid returning i.instance_pk into pk;
      delete from instance_metadata m where m.instance_pk = pk;
      delete from instance_frames f where f.instance_pk = pk;
      stored := array_remove(stored, pk);
      changed_studies[a.position] := aside.study_pk;
      if aside.object_key = a.object_key then
        -- Stored by this very call, whose first answer was lost, and rejected since.
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
    end loop;
  end if;

  if cardinality(stored) < cardinality(outcomes) then
    perform remove_empty(new_studies, new_series);
  end if;
  for s in
    select l.* from json_populate_recordset(null::arriving_study, studies) l
    where exists (
      select from unnest(outcomes, study_of) o (outcome, study) where o.study = l.position and o.outcome in ('stored', 'conflict', 'other-encoding'))
  loop
    perform ask_about_study(k, s."values", s.name_keys) from study k where k.study_pk = study_pks[s.position];
  end loop;
  insert into identity_question (kind, study_pk, patient_pk, suspected_patient_pk)
    select 'patient', n.study_pk, p.patient_pk, p.suspected_patient_pk
    from study n join patient p using (patient_pk) where n.study_pk = any (new_studies) and p.provisional
    on conflict do nothing;
  perform add_to_totals(stored, new_series);
  if exists (select from hidden_access h where h.study_pk = any (study_pks)) or exists (select from hidden_series h where h.series_pk = any (series_pks)) then
    perform show_stored(stored);
  end if;

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
