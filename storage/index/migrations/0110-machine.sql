-- The whole machine of the reading task (reading.md §3.2): what its further states have to remember.

alter table workitem
  -- Whom the coordinator, or a return for retake, keeps it for; without an end while it is not READY.
  add column reserved_for integer references account (id),
  add column reserved_until timestamptz,
  -- The turnaround clock stands since then; how long it has stood before, in seconds of the calendar that it runs by.
  add column paused_at timestamptz,
  add column paused_seconds integer not null default 0,
  -- What is allowed from READY to the signed report, and whether only working hours of the centre count.
  add column limit_ms bigint,
  add column working_hours boolean not null default false,
  add column return_count integer not null default 0,
  -- A report stands and is being added to or corrected.
  add column amending text check (amending in ('addendum', 'correction')),
  add column amending_class text check (amending_class in ('typo', 'missed', 'misread', 'side', 'identity')),
  -- {state, author, reviewer, samePerson} of the report that stands meanwhile.
  add column standing jsonb,
  -- What was before the last signature, for whoever takes it back within a minute.
  add column before_signature jsonb,
  -- The state that the review took it from.
  add column waiting text,
  add column temporary boolean not null default false,
  -- 同一人签: written and reviewed by one person, by the centre's policy for the night.
  add column same_person boolean not null default false,
  -- 0 none, 1 open, 2 closed.
  add column critical smallint not null default 0 check (critical between 0 and 2),
  add column questions_open integer not null default 0,
  -- reading.md §3.3: T0 exam end, T1 first byte, T2 readable (ready_at), T6 delivered, T7 opened by a clinician.
  add column study_end_at timestamptz,
  add column first_byte_at timestamptz,
  add column readable_at timestamptz generated always as (ready_at) stored,
  add column delivered_at timestamptz,
  add column opened_at timestamptz,
  -- The last amendment: when its text was submitted, and when it was signed. submitted_at and final_at stay those of the first report.
  add column amendment_submitted_at timestamptz,
  add column amended_at timestamptz,
  -- Somebody of the centre had the study open in the viewer.
  add column opened_in_viewer_at timestamptz,
  -- Read with the study of another task: that one has its place in the list, this one is CANCELED.
  add column joined_into bigint references workitem (id),
  -- 0: the study's own task. A study that holds several procedures has further ones: which procedure, of which series (empty: all).
  add column part smallint not null default 0,
  add column procedure text,
  add column series_instance_uids text[] not null default '{}',
  add check ((amending is null) = (standing is null)),
  add check ((amending is not distinct from 'correction') = (amending_class is not null));

update workitem w set first_byte_at = s.first_received_at from study s where s.study_pk = w.study_pk;

drop index workitem_open;
drop index workitem_final;
-- The reading list: open work of a centre, the most urgent first. Finished work leaves this index.
create index workitem_open on workitem (centre_id, urgency, due_at, id) where state not in ('FINAL', 'AMENDED', 'RETRACTED', 'CANCELED');
-- Finished work, newest first.
create index workitem_final on workitem (centre_id, final_at desc, id desc) where state in ('FINAL', 'AMENDED', 'RETRACTED');
-- The studies of a task.
create index workitem_joined on workitem (joined_into) where joined_into is not null;

-- The task in which a study is read: its own, or the one that it was joined into. Further parts of a study are not in it.
create view study_reading as
  select study_pk, coalesce(joined_into, id) as workitem_id from workitem where part = 0;
