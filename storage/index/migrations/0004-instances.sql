-- Series and instances.
--
-- Instances have no foreign keys: checking them would lock the row of the series and of the study once for every instance. Nothing but the function
-- `publish` writes here.

create table series (
  series_pk bigint generated always as identity primary key,
  study_pk bigint not null references study on delete cascade,
  series_instance_uid text collate "C" not null,
  modality text collate "C",
  series_number text collate "C",
  series_description text,
  body_part_examined text collate "C",
  station_name text,
  performed_procedure_step_start_date text collate "C",
  performed_procedure_step_start_time text collate "C",
  -- SeriesNumber as a number, 2147483647 where it is none.
  series_order int not null,
  -- DICOM JSON of the indexed attributes of the series.
  json text not null,
  -- Careless equipment repeats SeriesInstanceUIDs from study to study; each study has its own.
  unique (series_instance_uid, study_pk)
);

-- The series of a study, in order.
create index series_study on series (study_pk, series_order, series_pk);

create table series_totals (
  series_pk bigint primary key references series on delete cascade,
  instances int not null default 0,
  revision bigint not null default 0
) with (fillfactor = 50);

create table instance (
  instance_pk bigint generated always as identity primary key,
  study_pk bigint not null,
  series_pk bigint not null,
  sop_instance_uid text collate "C" not null unique,
  sop_class_uid text collate "C" not null,
  instance_number text collate "C",
  "rows" text collate "C",
  "columns" text collate "C",
  bits_allocated text collate "C",
  number_of_frames text collate "C",
  -- InstanceNumber as a number, 2147483647 where it is none.
  instance_order int not null,
  -- DICOM JSON of the indexed attributes of the instance.
  json text not null,
  transfer_syntax_uid text collate "C" not null,
  dataset_sha256 bytea not null,
  file_sha256 bytea not null,
  dataset_offset int not null,
  object_key text collate "C" not null,
  object_size bigint not null,
  -- PixelLayout without its frame table, or null.
  pixels jsonb,
  institution_id int not null,
  via text not null,
  ae_title text,
  account_id int,
  received_at timestamptz not null,
  declared_character_set text,
  used_character_set text not null,
  character_set_repaired boolean not null
);

-- The instances of a study or series, in order.
create index instance_order on instance (study_pk, series_pk, instance_order, instance_pk);
-- Is this object published?
create index instance_object_key on instance using hash (object_key);

-- The metadata of an instance: one piece of a deflate stream. Already compressed: kept out of line as it is.
create table instance_metadata (
  instance_pk bigint primary key,
  deflated bytea not null,
  crc32 bigint not null,
  length bigint not null,
  -- path → [vr, offset, length] of the values left out, or null.
  bulk jsonb
);
alter table instance_metadata alter column deflated set storage external;

-- Where the frames stand, packed; read in slices, so never compressed (0.2 ms of a table of 100,000 frames; 2.5 ms if compressed).
create table instance_frames (
  instance_pk bigint primary key,
  frame_table bytea not null
);
alter table instance_frames alter column frame_table set storage external;

-- What was kept besides: the same instance in another transfer syntax, other content under the same UID, and instances for a study of another
-- institution, which are held back. `record` and the two byte columns are all that `publish` was told, so that a person's decision can be carried out.
create table version (
  version_pk bigint generated always as identity primary key,
  kind text not null check (kind in ('other-encoding', 'conflict', 'held')),
  sop_instance_uid text collate "C" not null,
  study_pk bigint not null,
  institution_id int not null,
  transfer_syntax_uid text collate "C" not null,
  dataset_sha256 bytea not null,
  object_key text collate "C" not null,
  record jsonb not null,
  deflated bytea not null,
  frame_table bytea,
  kept_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by int,
  decision text,
  unique (sop_instance_uid, institution_id, transfer_syntax_uid, dataset_sha256)
);
alter table version alter column deflated set storage external;
alter table version alter column frame_table set storage external;

-- Is this object published?
create index version_object_key on version using hash (object_key);
-- What of this study waits for a person?
create index version_study on version (study_pk) where decided_at is null;

-- What only a person can decide.
create table identity_question (
  question_pk bigint generated always as identity primary key,
  -- patient: may be the same as `suspected_patient_pk`, but contradicts · study: an instance names another patient than its study ·
  -- conflict: other content under a UID that is taken · held: sent by an institution that the study does not belong to
  kind text not null check (kind in ('patient', 'study', 'conflict', 'held')),
  study_pk bigint not null,
  patient_pk bigint,
  suspected_patient_pk bigint,
  -- The SOPInstanceUID, the sender's institution, or what was said instead of what stands.
  detail text not null default '',
  raised_at timestamptz not null default now(),
  decided_at timestamptz,
  decided_by int,
  decision text,
  unique (kind, study_pk, detail)
);

-- One row for each life of a gateway; part of the key of every object it stores.
create table epoch (
  epoch_id int generated always as identity primary key,
  gateway text not null,
  opened_at timestamptz not null default now(),
  heartbeat_at timestamptz not null default now(),
  closed_at timestamptz,
  -- Its unpublished objects have been put aside.
  swept_at timestamptz
);
