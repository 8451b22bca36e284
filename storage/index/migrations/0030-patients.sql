-- Corrections, matches and merges: overlays over what was received (index.md §5).
--
-- What stands for a study is a function of three things: what was received, the corrections that are not undone, the links that are not undone. It is
-- worked out anew by `refresh_study` whenever one of them changes, and written where searches read it; so undoing everything gives back what was received.

-- `patient_pk` is whose the study is now: its base patient, followed through merges.
alter table study
  -- Whose number it came with.
  add column filed_patient_pk bigint,
  -- Whose it is before merges: by the newest match or correction of the number, else as it was filed.
  add column base_patient_pk bigint,
  -- Numbers that it was known by before it was matched or merged: `\0815\4711\`.
  add column former_patient_ids text collate "C",
  -- What is changed on the way out, in order: [{at, reason, set: {tag: attribute}, append: {tag: [item]}}]; null for nearly all.
  add column overlay jsonb,
  -- Counts the changes of the overlay; never goes back.
  add column overlay_revision int not null default 0;
update study set filed_patient_pk = patient_pk, base_patient_pk = patient_pk;
alter table study alter filed_patient_pk set not null, alter base_patient_pk set not null;
-- Which studies came with this patient's number, and which are theirs before merges?
create index study_filed_patient on study (filed_patient_pk);
create index study_base_patient on study (base_patient_pk);
-- Which studies had this number once? Nearly none have another, so the index is small.
create index study_former_patient_ids on study using gin (former_patient_ids gin_trgm_ops) where former_patient_ids is not null;

alter table series add column overlay jsonb;

-- The rows as they came, while something is laid over them.
create table study_as_received (
  study_pk bigint primary key references study on delete cascade,
  "values" jsonb not null,
  json text not null,
  name_keys text[] not null
);
-- Without a reference: the row of a series may be aside for a time.
create table series_as_received (
  series_pk bigint primary key,
  "values" jsonb not null,
  json text not null
);

-- The person before any link: the person of a group of linked patients is the smallest of theirs.
alter table patient add column own_person_pk bigint;
update patient set own_person_pk = person_pk;
alter table patient alter own_person_pk set not null;
create function own_person() returns trigger language plpgsql as $$
begin
  new.own_person_pk := new.person_pk;
  return new;
end $$;
create trigger patient_own_person before insert on patient for each row execute function own_person();

create table patient_link (
  link_pk bigint generated always as identity primary key,
  -- merge: two numbers, one patient · match: a study is another patient's than its number says · person: one human being with numbers of two issuers
  kind text not null check (kind in ('merge', 'match', 'person')),
  study_pk bigint references study on delete cascade,
  from_patient_pk bigint not null references patient,
  into_patient_pk bigint not null references patient,
  reason text not null,
  account_id int not null,
  at timestamptz not null default clock_timestamp(),
  undone_at timestamptz,
  undone_by int,
  undone_reason text,
  check ((kind = 'match') = (study_pk is not null)),
  check (kind = 'match' or from_patient_pk <> into_patient_pk),
  check ((undone_at is null) = (undone_by is null))
);
-- Into whom is this patient merged? One at most.
create unique index patient_link_merged on patient_link (from_patient_pk) where kind = 'merge' and undone_at is null;
create index patient_link_from on patient_link (from_patient_pk);
create index patient_link_into on patient_link (into_patient_pk);
create index patient_link_study on patient_link (study_pk) where study_pk is not null;

-- What a person put right. Undoing is a revision of its own that names the one it takes back.
create table study_correction (
  study_pk bigint not null references study on delete cascade,
  revision int not null,
  -- Of one series only, whatever row it has.
  series_instance_uid text collate "C",
  -- As people wrote it: keyword → value.
  attributes jsonb not null,
  -- The same for the row (column → value) and on the way out (tag → DICOM JSON).
  "columns" jsonb not null,
  members jsonb not null,
  -- What the new name is found by; null when the name stays.
  name_keys text[],
  -- The study is this patient's from here on: its number, or who has it, is another.
  patient_pk bigint references patient,
  undoes int,
  reason text not null,
  account_id int not null,
  at timestamptz not null default clock_timestamp(),
  primary key (study_pk, revision),
  unique (study_pk, undoes)
);

create view active_correction as
  select c.* from study_correction c
  where c.undoes is null and not exists (select from study_correction u where u.study_pk = c.study_pk and u.undoes = c.revision);

alter table identity_question
  -- encoding: the same instance in two transfer syntaxes whose contents differ
  drop constraint identity_question_kind_check,
  add constraint identity_question_kind_check check (kind in ('patient', 'study', 'conflict', 'held', 'encoding')),
  -- What an instance said of its patient instead of what stands, by column.
  add column said jsonb,
  add column reason text,
  -- What carried the decision out, so that it can be taken back.
  add column link_pk bigint references patient_link,
  add column correction int;
create index identity_question_decided on identity_question (decided_at desc) where decided_at is not null;

-- Which patient stands for this one. Links make no circles: `merge` refuses them.
create function survivor(patient bigint) returns bigint
language plpgsql stable as $$
declare
  here bigint := patient;
  next bigint;
begin
  loop
    select l.into_patient_pk into next from patient_link l where l.kind = 'merge' and l.from_patient_pk = here and l.undone_at is null;
    if not found then
      return here;
    end if;
    here := next;
  end loop;
end $$;

-- (0010,0021) of a patient: an institution's own numbering is called by the institution's code.
create function issuer_name(issuer text) returns text
language sql stable
return coalesce((select i.code from institution i where issuer = 'institution/' || i.institution_id), issuer);

-- The study's row as it came.
create function received_values(s study) returns jsonb
language sql stable
return coalesce(
  (select r."values" from study_as_received r where r.study_pk = s.study_pk),
  jsonb_build_object(
    'patient_name', s.patient_name, 'patient_id', s.patient_id, 'issuer_of_patient_id', s.issuer_of_patient_id, 'patient_birth_date', s.patient_birth_date,
    'patient_sex', s.patient_sex, 'study_date', s.study_date, 'study_time', s.study_time, 'accession_number', s.accession_number,
    'referring_physician_name', s.referring_physician_name, 'study_description', s.study_description, 'study_id', s.study_id)
);

-- A data set under an overlay; a step that would change nothing is none.
create function laid_over(dataset jsonb, steps jsonb) returns jsonb
language plpgsql immutable as $$
declare
  result jsonb := dataset;
  step jsonb;
  tag text;
  items jsonb;
begin
  for step in select e from jsonb_array_elements(steps) e loop
    continue when not exists (select from jsonb_each(step -> 'set') m where result -> m.key is distinct from m.value);
    result := result || (step -> 'set');
    for tag, items in select * from jsonb_each(coalesce(step -> 'append', '{}')) loop
      result := result || jsonb_build_object(tag, jsonb_build_object('vr', 'SQ', 'Value', coalesce(result #> array[tag, 'Value'], '[]') || items));
    end loop;
  end loop;
  return result;
end $$;

-- Moment of an overlay's step as DICOM writes it (DT).
create function dicom_moment(at timestamptz) returns text
language sql immutable
return to_char(at at time zone 'UTC', 'YYYYMMDDHH24MISS.US') || '+0000';

-- The patient a study is filed under by what corrections say, and since when: an undoing may have had to file it anew as well.
create function assignment(pk bigint, out patient_pk bigint, out at timestamptz)
language sql stable as $$
  select c.patient_pk, c.at from study_correction c
  where c.study_pk = pk and c.patient_pk is not null
    and not exists (select from study_correction u where u.study_pk = c.study_pk and u.undoes = c.revision)
  order by c.revision desc limit 1
$$;

-- Works out what stands for a study and writes it where it is read. The caller holds the lock of the study's row. False: nothing has changed.
create function refresh_study(pk bigint) returns boolean
language plpgsql as $$
declare
  s study;
  c record;
  l record;
  assigned record;
  named patient;
  surviving patient;
  base bigint;
  here bigint;
  linked_at timestamptz;
  received_json text;
  v jsonb;
  keys text[];
  steps jsonb := '[]';
  former jsonb := '[]';
  before jsonb;
begin
  select * into strict s from study where study_pk = pk;
  before := to_jsonb(s);
  v := received_values(s);
  select r.json, r.name_keys into received_json, keys from study_as_received r where r.study_pk = pk;
  if not found then
    received_json := s.json;
    keys := s.name_keys;
  end if;

  for c in
    select * from active_correction a where a.study_pk = pk and a.series_instance_uid is null and a.members <> '{}' order by a.revision
  loop
    steps := steps || jsonb_build_object('at', dicom_moment(c.at), 'reason', 'CORRECT', 'set', c.members);
    v := v || c."columns";
    keys := coalesce(c.name_keys, keys);
  end loop;

  select * into assigned from assignment(pk);
  select * into strict named from patient where patient_pk = coalesce(assigned.patient_pk, s.filed_patient_pk);
  base := named.patient_pk;
  select * into l from patient_link m where m.kind = 'match' and m.study_pk = pk and m.undone_at is null order by m.at desc limit 1;
  if found and (assigned.at is null or l.at > assigned.at) then
    base := l.into_patient_pk;
    linked_at := l.at;
  end if;
  here := base;
  loop
    select * into l from patient_link m where m.kind = 'merge' and m.from_patient_pk = here and m.undone_at is null;
    exit when not found;
    linked_at := greatest(linked_at, l.at);
    here := l.into_patient_pk;
  end loop;
  select * into strict surviving from patient where patient_pk = here;
  -- Only who has a number can give one; who had the same keeps it as it was written.
  if surviving.issuer is not null and (surviving.issuer, surviving.patient_id) is distinct from (named.issuer, named.patient_id) then
    here := base;
    for c in
      with recursive passed (patient_pk, depth) as (
        select base, 1
        union all
        select m.into_patient_pk, passed.depth + 1 from passed join patient_link m on m.from_patient_pk = passed.patient_pk
          and m.kind = 'merge' and m.undone_at is null
      )
      select distinct on (p.issuer, p.patient_id) p.issuer, p.patient_id, x.depth
      from (select named.patient_pk, 0 as depth union all select * from passed) x join patient p using (patient_pk)
      where p.issuer is not null and (p.issuer, p.patient_id) is distinct from (surviving.issuer, surviving.patient_id)
      order by p.issuer, p.patient_id, x.depth
    loop
      former := former || jsonb_build_object('depth', c.depth, 'id', c.patient_id, 'issuer', issuer_name(c.issuer));
    end loop;
    v := v || jsonb_build_object('patient_id', surviving.patient_id, 'issuer_of_patient_id', issuer_name(surviving.issuer));
    steps := steps || jsonb_build_object(
      'at', dicom_moment(greatest(linked_at, assigned.at)),
      'reason', 'COERCE',
      'set', jsonb_build_object(
        '00100020', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array(surviving.patient_id)),
        '00100021', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array(issuer_name(surviving.issuer)))),
      'append', case when former = '[]' then '{}' else jsonb_build_object('00101002', (
        select jsonb_agg(jsonb_build_object(
          '00100020', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array(f -> 'id')),
          '00100021', jsonb_build_object('vr', 'LO', 'Value', jsonb_build_array(f -> 'issuer')),
          '00100022', jsonb_build_object('vr', 'CS', 'Value', jsonb_build_array('TEXT'))) order by (f -> 'depth')::int)
        from jsonb_array_elements(former) f)) end
    );
  end if;

  if steps = '[]' then
    delete from study_as_received where study_pk = pk;
  else
    insert into study_as_received (study_pk, "values", json, name_keys) values (pk, received_values(s), s.json, s.name_keys) on conflict do nothing;
  end if;
  update study set
    patient_pk = surviving.patient_pk,
    base_patient_pk = base,
    patient_name = v ->> 'patient_name', patient_id = v ->> 'patient_id', issuer_of_patient_id = v ->> 'issuer_of_patient_id',
    patient_birth_date = v ->> 'patient_birth_date', patient_sex = v ->> 'patient_sex', study_date = v ->> 'study_date', study_time = v ->> 'study_time',
    accession_number = v ->> 'accession_number', referring_physician_name = v ->> 'referring_physician_name',
    study_description = v ->> 'study_description', study_id = v ->> 'study_id',
    name_keys = keys,
    json = case when steps = '[]' then received_json else laid_over(received_json::jsonb, steps)::text end,
    overlay = nullif(steps, '[]'),
    overlay_revision = overlay_revision + (overlay is distinct from nullif(steps, '[]'))::int,
    former_patient_ids = (select '\' || string_agg(f ->> 'id', '\' order by (f -> 'depth')::int) || '\' from jsonb_array_elements(former) f)
  where study_pk = pk returning * into s;
  if to_jsonb(s) = before then
    return false;
  end if;
  update study_access set study_date = coalesce(s.study_date, ''), study_time = coalesce(s.study_time, '')
    where study_pk = pk and (study_access.study_date, study_access.study_time) is distinct from (coalesce(s.study_date, ''), coalesce(s.study_time, ''));
  return true;
end $$;

-- The same for what is corrected in one series.
create function refresh_series(pk bigint) returns boolean
language plpgsql as $$
declare
  e series;
  c record;
  received_json text;
  v jsonb;
  steps jsonb := '[]';
  before jsonb;
begin
  select * into strict e from series where series_pk = pk;
  before := to_jsonb(e);
  select r."values", r.json into v, received_json from series_as_received r where r.series_pk = pk;
  if not found then
    v := jsonb_build_object('body_part_examined', e.body_part_examined);
    received_json := e.json;
  end if;
  insert into series_as_received (series_pk, "values", json) values (pk, v, received_json) on conflict do nothing;
  for c in
    select * from active_correction a where a.study_pk = e.study_pk and a.series_instance_uid = e.series_instance_uid order by a.revision
  loop
    steps := steps || jsonb_build_object('at', dicom_moment(c.at), 'reason', 'CORRECT', 'set', c.members);
    v := v || c."columns";
  end loop;
  if steps = '[]' then
    delete from series_as_received where series_pk = pk;
  end if;
  update series set
    body_part_examined = v ->> 'body_part_examined',
    json = case when steps = '[]' then received_json else laid_over(received_json::jsonb, steps)::text end,
    overlay = nullif(steps, '[]')
  where series_pk = pk returning * into e;
  return to_jsonb(e) <> before;
end $$;

-- Every answer about these studies is another one now: series first, each in the order of its key, as publishing does it.
create function raise_revisions(pks bigint[]) returns void
language plpgsql as $$
declare
  e record;
begin
  for e in select series_pk from series where study_pk = any (pks) order by series_pk loop
    update series_totals set revision = revision + 1 where series_pk = e.series_pk;
  end loop;
  for e in select unnest(pks) as study_pk order by 1 loop
    update study_totals set revision = revision + 1 where study_pk = e.study_pk;
  end loop;
end $$;

-- What is known of a patient, to tell a contradiction by: what their studies say, those that came with the number first, then what came with it and is
-- another's now: an undoing may bring that back.
-- `except_pk`: as if that study were not there.
create function known_of(pk bigint, except_pk bigint, out name_keys text[], out sex text, out birth_date text)
language sql stable as $$
  with told as (
    select case s.filed_patient_pk when pk then 1 else 2 end as rank, s.study_pk, s.name_keys, s.patient_sex as sex, s.patient_birth_date as birth_date
    from study s where s.base_patient_pk = pk and s.study_pk is distinct from except_pk
    union all
    select 3, s.study_pk, coalesce(r.name_keys, s.name_keys), received_values(s) ->> 'patient_sex', received_values(s) ->> 'patient_birth_date'
    from study s left join study_as_received r using (study_pk) where s.filed_patient_pk = pk and s.study_pk is distinct from except_pk
  )
  select
    coalesce((select t.name_keys from told t where cardinality(t.name_keys) > 0 order by rank, study_pk limit 1), '{}'),
    (select t.sex from told t where t.sex is not null order by rank, study_pk limit 1),
    (select t.birth_date from told t where t.birth_date is not null order by rank, study_pk limit 1)
$$;

create function refresh_patient(pk bigint, except_pk bigint default null) returns void
language sql as $$
  update patient p set name_keys = k.name_keys, sex = k.sex, birth_date = k.birth_date
  from known_of(pk, except_pk) k
  where p.patient_pk = pk and (p.name_keys, p.sex, p.birth_date) is distinct from (k.name_keys, k.sex, k.birth_date)
$$;

-- The person of a patient and of all who are linked with them.
create function refresh_person(pk bigint) returns void
language sql as $$
  with recursive linked (patient_pk) as (
    select pk
    union
    select case l.from_patient_pk when linked.patient_pk then l.into_patient_pk else l.from_patient_pk end
    from linked join patient_link l on linked.patient_pk in (l.from_patient_pk, l.into_patient_pk)
    where l.kind in ('merge', 'person') and l.undone_at is null
  )
  update patient p set person_pk = (select min(o.own_person_pk) from linked join patient o using (patient_pk))
  from linked where p.patient_pk = linked.patient_pk
    and p.person_pk is distinct from (select min(o.own_person_pk) from linked join patient o using (patient_pk))
$$;

-- Holds off publishing of new studies with these patients' numbers: what is decided here must reach them too. In the order that publishing takes them.
create function lock_numbers(numbers text[]) returns void
language sql as $$
  select pg_advisory_xact_lock(2, n.key) from (select distinct hashtext(u) as key from unnest(numbers) u where u is not null order by 1) n
$$;

create function number_of(pk bigint) returns text
language sql stable
return (select p.issuer || '/' || p.patient_id from patient p where p.patient_pk = pk);

-- Works out studies anew, in the order of their keys, rows before counters; returns those that are not what they were.
create function refresh_studies(pks bigint[]) returns setof bigint
language plpgsql as $$
declare
  pk bigint;
  changed bigint[] := '{}';
begin
  for pk in select s.study_pk from study s where s.study_pk = any (pks) order by s.study_pk for no key update loop
    if refresh_study(pk) then
      changed := changed || pk;
    end if;
  end loop;
  perform raise_revisions(changed);
  return query select unnest(changed);
end $$;

-- A person is asked whether a provisional patient is the one that is suspected; a question that was decided before is asked anew.
create function ask_identity(pk bigint) returns void
language sql as $$
  insert into identity_question as q (kind, study_pk, patient_pk, suspected_patient_pk)
  select 'patient', s.study_pk, p.patient_pk, p.suspected_patient_pk
  from study s join patient p on p.patient_pk = s.base_patient_pk where s.study_pk = pk and p.provisional
  on conflict (kind, study_pk, detail) do update set patient_pk = excluded.patient_pk, suspected_patient_pk = excluded.suspected_patient_pk,
    raised_at = now(), decided_at = null, decided_by = null, decision = null, reason = null, link_pk = null
  where q.patient_pk is distinct from excluded.patient_pk
$$;

-- Adds a correction, or the undoing of one, and works out what stands then. The caller holds the study's row and has checked what is asked.
-- A study whose number is another is filed anew; so is one that now contradicts the other studies of its patient, unless a person has matched it.
create function correct_study(
  pk bigint, of_series text, attributes jsonb, "columns" jsonb, members jsonb, name_keys text[], undoes int, reason text, account int
) returns int
language plpgsql as $$
#variable_conflict use_column
<<told>>
declare
  s study;
  new_revision int;
  v jsonb;
  keys text[];
  known record;
  patient bigint;
  filed_anew boolean;
  matched boolean;
begin
  select * into strict s from study where study_pk = pk;
  select coalesce(max(c.revision), 0) + 1 into new_revision from study_correction c where c.study_pk = pk;
  insert into study_correction (study_pk, revision, series_instance_uid, attributes, "columns", members, name_keys, undoes, reason, account_id)
    values (pk, new_revision, of_series, correct_study.attributes, correct_study."columns", correct_study.members, correct_study.name_keys,
      correct_study.undoes, correct_study.reason, account);
  if of_series is not null then
    perform refresh_series(e.series_pk) from series e where e.study_pk = pk and e.series_instance_uid = of_series;
    perform raise_revisions(array[pk]);
    return new_revision;
  end if;

  perform refresh_study(pk);
  patient := s.base_patient_pk;
  select * into strict s from study where study_pk = pk;
  -- What the study itself says now, merges apart.
  v := received_values(s);
  select coalesce((select r.name_keys from study_as_received r where r.study_pk = pk), s.name_keys) into keys;
  select v || coalesce(jsonb_object_agg(e.key, e.value order by c.revision), '{}') into v
    from active_correction c, jsonb_each(c."columns") e where c.study_pk = pk and c.series_instance_uid is null;
  select coalesce((select c.name_keys from active_correction c where c.study_pk = pk and c.name_keys is not null order by c.revision desc limit 1), keys)
    into keys;
  perform lock_numbers(array[
    issuer_of(s.institution_id, v ->> 'patient_id', v ->> 'issuer_of_patient_id') || '/' || btrim(v ->> 'patient_id'),
    number_of(patient), number_of(s.base_patient_pk), number_of(s.filed_patient_pk)
  ]);
  select exists (
    select from patient_link m where m.kind = 'match' and m.study_pk = pk and m.undone_at is null and m.at > coalesce((select a.at from assignment(pk) a), '-infinity')
  ) into matched;
  if correct_study.undoes is null and correct_study."columns" ?| array['patient_id', 'issuer_of_patient_id'] then
    filed_anew := true;
  else
    select * into known from known_of(s.base_patient_pk, pk);
    filed_anew := not matched and (
      sexes_contradict(known.sex, v ->> 'patient_sex') or dates_contradict(known.birth_date, v ->> 'patient_birth_date')
      or not names_agree(known.name_keys, keys));
  end if;
  if filed_anew then
    perform refresh_patient(s.base_patient_pk, pk);
    update study_correction c set patient_pk = file_patient(s.institution_id, v, keys) where c.study_pk = pk and c.revision = new_revision;
    perform refresh_study(pk);
  end if;
  perform refresh_patient(p.pk) from (select distinct x.patient_pk as pk from (
    select unnest(array[told.patient, s.base_patient_pk, s.filed_patient_pk]) as patient_pk
    union all select n.base_patient_pk from study n where n.study_pk = correct_study.pk
  ) x order by 1) p;
  if filed_anew then
    perform ask_identity(pk);
  end if;
  perform raise_revisions(array[pk]);
  return new_revision;
end $$;

-- A new study of a patient who is merged is the surviving one's at once, with everything that follows.
create function file_under_survivor() returns trigger
language plpgsql as $$
begin
  new.filed_patient_pk := new.patient_pk;
  new.base_patient_pk := new.patient_pk;
  new.patient_pk := survivor(new.patient_pk);
  return new;
end $$;
create trigger study_filed before insert on study for each row execute function file_under_survivor();
create function lay_over_new_study() returns trigger
language plpgsql as $$
begin
  perform refresh_study(new.study_pk);
  return null;
end $$;
create trigger study_laid_over after insert on study for each row when (new.patient_pk <> new.filed_patient_pk) execute function lay_over_new_study();

-- A series that was corrected before, and comes with another row, is corrected still.
create function lay_over_new_series() returns trigger
language plpgsql as $$
begin
  if exists (select from study_correction c where c.study_pk = new.study_pk and c.series_instance_uid = new.series_instance_uid) then
    perform refresh_series(new.series_pk);
  end if;
  return null;
end $$;
create trigger series_laid_over after insert on series for each row execute function lay_over_new_series();

-- Takes back what was made for instances that turned out to be in another study already. (0005; the patient as filed, unless something refers to it.)
create or replace function remove_empty(new_studies bigint[], new_series bigint[]) returns void
language plpgsql as $$
declare
  orphans bigint[];
begin
  delete from series e where e.series_pk = any (new_series) and not exists (select from instance i where i.study_pk = e.study_pk and i.series_pk = e.series_pk);
  with gone as (
    delete from study s where s.study_pk = any (new_studies) and not exists (select from instance i where i.study_pk = s.study_pk) returning s.filed_patient_pk
  )
  select array_agg(gone.filed_patient_pk) into orphans from gone;
  with gone as (
    delete from patient p where p.patient_pk = any (orphans)
      and not exists (select from study s where p.patient_pk in (s.patient_pk, s.base_patient_pk, s.filed_patient_pk))
      and not exists (select from patient other where other.suspected_patient_pk = p.patient_pk)
      and not exists (select from patient_link l where p.patient_pk in (l.from_patient_pk, l.into_patient_pk))
      and not exists (select from study_correction c where c.patient_pk = p.patient_pk)
    returning p.person_pk
  )
  delete from person h using gone where h.person_pk = gone.person_pk;
end $$;

-- What an instance says of its patient against what stands. Empty and unknown values say nothing.
create function contradicts(stands jsonb, stands_keys text[], v jsonb, name_keys text[]) returns boolean
language sql immutable
return (stands ->> 'patient_id' = v ->> 'patient_id') is false
  or sexes_contradict(stands ->> 'patient_sex', v ->> 'patient_sex')
  or dates_contradict(stands ->> 'patient_birth_date', v ->> 'patient_birth_date')
  or (stands ->> 'patient_name' = v ->> 'patient_name') is false and not names_agree(stands_keys, name_keys);

-- (0005) An instance that agrees with what was received or with what stands now contradicts nothing.
create or replace function contradiction(s study, v jsonb, name_keys text[]) returns text
language sql stable
return case
  when contradicts(
      jsonb_build_object('patient_id', s.patient_id, 'patient_sex', s.patient_sex, 'patient_birth_date', s.patient_birth_date, 'patient_name', s.patient_name),
      s.name_keys, v, name_keys)
    and (s.overlay is null
      or contradicts(received_values(s), (select r.name_keys from study_as_received r where r.study_pk = s.study_pk), v, name_keys))
  then concat_ws(' ', v ->> 'patient_id', v ->> 'patient_name', v ->> 'patient_sex', v ->> 'patient_birth_date')
end;
