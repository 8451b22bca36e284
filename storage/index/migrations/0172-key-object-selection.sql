-- Instances that somebody has pointed out, with a title that says what for (PS3.16 CID 7010). The UIDs of the Key Object Selection are reserved when it
-- is written down; the instance follows, tried for ever.

create table key_object_selection (
  id bigint generated always as identity primary key,
  study_pk bigint not null references study (study_pk),
  -- The report that it was attached to; null: pointed out by hand.
  report_id bigint references report (id),
  title text not null check (title ~ '^11[0-9]{4}$'),
  comment text not null check (length(comment) <= 1000),
  -- [{SeriesInstanceUID, SOPInstanceUID, frame, caption, window, shapes}]
  images jsonb not null check (jsonb_typeof(images) = 'array' and jsonb_array_length(images) between 1 and 50),
  -- The account's name as it was: the record outlives the account.
  account_id integer not null,
  account_name text not null,
  created_at timestamptz not null default now(),
  sop_instance_uid text collate "C" not null unique,
  series_instance_uid text collate "C" not null unique,
  stored_at timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now()
);
-- What has been pointed out in this study, newest first?
create index key_object_selection_study on key_object_selection (study_pk, id desc);
-- Which are due?
create index key_object_selection_due on key_object_selection (next_attempt_at) where stored_at is null;
-- A report is signed once: one selection is attached to it.
create unique index key_object_selection_report on key_object_selection (report_id) where report_id is not null;
