-- Patients and studies.
--
-- What a study says of its patient (name, sex, birth date, PatientID) is kept with the study, as received, and every answer shows that. A patient row
-- only says which studies of one issuer are of the same patient; a person row, which patients are the same human being across issuers.

create table person (
  person_pk bigint generated always as identity primary key
);

create table patient (
  patient_pk bigint generated always as identity primary key,
  person_pk bigint not null references person,
  -- (issuer, patient_id) identifies a patient; both are null when the PatientID was worthless. `institution/7` is an institution's own numbering.
  issuer text collate "C",
  patient_id text collate "C",
  -- Same issuer and PatientID as `suspected_patient_pk`, but sex, birth date or name contradict: two people until a person has decided.
  provisional boolean not null default false,
  suspected_patient_pk bigint references patient,
  -- What is known, to tell a contradiction by.
  name_keys text[] not null,
  sex text,
  birth_date text
);

-- Who has this number?
create index patient_identity on patient (issuer, patient_id);
-- Which patients are this person?
create index patient_person on patient (person_pk);

create table study (
  study_pk bigint generated always as identity primary key,
  study_instance_uid text collate "C" not null unique,
  -- Whose it is: the institution that stored it first.
  institution_id int not null references institution,
  patient_pk bigint not null references patient,
  patient_name text,
  patient_id text collate "C",
  issuer_of_patient_id text,
  patient_birth_date text collate "C",
  patient_sex text collate "C",
  study_date text collate "C",
  study_time text collate "C",
  accession_number text collate "C",
  referring_physician_name text,
  study_description text,
  study_id text collate "C",
  institution_name text,
  name_keys text[] not null,
  -- DICOM JSON of the indexed attributes of patient and study.
  json text not null,
  first_received_at timestamptz not null
);

-- Whose name is found by these keys? 0.3 ms at any size; trigrams cannot see one or two characters.
create index study_name_keys on study using gin (name_keys);
-- Which studies have this number? Exactly, or from the beginning on.
create index study_patient_id on study (patient_id);
create index study_accession_number on study (accession_number);
-- *pattern* of three and more letters.
create index study_patient_id_trigram on study using gin (patient_id gin_trgm_ops);
create index study_accession_number_trigram on study using gin (accession_number gin_trgm_ops);
create index study_description_trigram on study using gin (study_description gin_trgm_ops);
-- Which studies has this patient?
create index study_patient on study (patient_pk);

-- What grows while a study arrives, apart from the wide row and without any index of its own, so that an update is cheap.
create table study_totals (
  study_pk bigint primary key references study on delete cascade,
  series int not null default 0,
  instances int not null default 0,
  bytes bigint not null default 0,
  modalities text[] not null default '{}',
  sop_classes text[] not null default '{}',
  last_received_at timestamptz not null,
  -- Counts every change of what the study contains: the ETag of its metadata.
  revision bigint not null default 0
) with (fillfactor = 50);

-- Which institution may see which study. The owner's row, grants and broken glass: one row each, so that scope is one comparison.
-- Date and time stand here again (empty when unknown), so that the newest studies of an institution are read in order.
create table study_access (
  institution_id int not null references institution,
  study_pk bigint not null references study on delete cascade,
  study_date text collate "C" not null,
  study_time text collate "C" not null,
  reason text not null check (reason in ('owner', 'grant', 'break-glass')),
  primary key (study_pk, institution_id)
);

-- The newest studies that an institution may see.
create index study_access_newest on study_access (institution_id, study_date desc, study_time desc, study_pk desc);
