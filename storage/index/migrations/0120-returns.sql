-- Returns for retake (reading.md §3.2 #9, #10) and the talk between reader and township on a task (#11).

create table workitem_return (
  return_id bigint generated always as identity primary key,
  workitem_id bigint not null references workitem (id),
  -- The first, the second … return of the task.
  number int not null,
  -- The study that was returned, and its owner: the retake may come as another study, and the task goes on with that one.
  study_pk bigint not null references study,
  institution_id int not null references institution,
  state text not null default 'open' check (state in ('open', 'retaken', 'withdrawn')),
  -- Codes of CID 7011 or of our own scheme.
  reasons text[] not null check (cardinality(reasons) between 1 and 8),
  comment text not null check (length(comment) <= 1000),
  -- What is to be taken again.
  sop_instance_uids text[] not null check (cardinality(sop_instance_uids) between 1 and 10000),
  -- {SOPInstanceUID, frame, shapes}, and the picture of it as the reader left it: the image itself is put aside after the retake.
  annotation jsonb,
  picture bytea,
  -- What the presentation state must know of the image (archive/reading/documents/presentation-state.ts).
  presented jsonb,
  modalities text[] not null,
  body_part text,
  -- When the newest of the returned images was acquired, by the clock of their machine (YYYYMMDDHHMMSS): later ones are the retake, others are late.
  acquired text,
  -- The last instance that has been looked at for that.
  last_instance bigint not null,
  account_id int not null references account,
  at timestamptz not null default now(),
  seen_at timestamptz,
  seen_by int references account,
  -- Whether the patient is still there, as the township says, and until when.
  waiting boolean,
  waiting_until timestamptz,
  closed_at timestamptz,
  -- What was put aside when the retake came (of a return that was withdrawn: its documents), and when that was seen to.
  rejection_id bigint references rejection,
  settled_at timestamptz,
  unique (workitem_id, number),
  check ((state = 'open') = (closed_at is null)),
  check ((annotation is null) = (picture is null))
);
-- A task has one return at a time.
create unique index workitem_return_open on workitem_return (workitem_id) where state = 'open';
-- The cards of a township, and what was returned to it in a period.
create index workitem_return_institution on workitem_return (institution_id, at desc);
-- What is still to be put aside?
create index workitem_return_unsettled on workitem_return (return_id) where state <> 'open' and settled_at is null;
-- What was returned of this study?
create index workitem_return_study on workitem_return (study_pk);

-- The studies that came of it.
create table retake (
  return_id bigint not null references workitem_return,
  study_pk bigint not null references study,
  -- Null: linked by itself.
  account_id int references account,
  at timestamptz not null default now(),
  primary key (return_id, study_pk)
);
create index retake_study on retake (study_pk);

-- Rejection Note (113001 or 113038) and presentation state of a return: UIDs are reserved with it, the instances follow, tried for ever.
create table return_document (
  return_id bigint not null references workitem_return,
  kind text not null check (kind in ('kos', 'gsps')),
  sop_instance_uid text not null unique,
  series_instance_uid text not null,
  stored_at timestamptz,
  attempts int not null default 0,
  -- Null: not any more.
  next_attempt_at timestamptz default now(),
  primary key (return_id, kind)
);
create index return_document_due on return_document (next_attempt_at) where next_attempt_at is not null;

-- Question, answer, remark: what is said on a task. Never changed, never taken away.
create table workitem_message (
  message_id bigint generated always as identity primary key,
  workitem_id bigint not null references workitem (id),
  kind text not null check (kind in ('question', 'answer', 'remark')),
  -- Who speaks: the reading centre, or the institution that owns the study.
  side text not null check (side in ('centre', 'owner')),
  text text not null check (length(text) between 1 and 1000),
  account_id int not null references account,
  at timestamptz not null default now(),
  -- When the other side first had it on the screen.
  seen_at timestamptz,
  seen_by int references account
);
create index workitem_message_workitem on workitem_message (workitem_id, message_id);
-- What is unread?
create index workitem_message_unseen on workitem_message (workitem_id, side) where seen_at is null;

-- Who took the images, by the images themselves (0008,1070): read once from the first of them, empty where they do not say.
create table study_technologist (
  study_pk bigint primary key references study,
  technologist text not null
);

-- Where the images do not name who took them, it is who sent them off by hand.
create function technologist_of(study bigint) returns text language sql stable as $$
  select coalesce(
    (select nullif(t.technologist, '') from study_technologist t where t.study_pk = study),
    (select a.display_name from workitem w join workitem_event e on e.workitem_id = w.id join account a on a.id = e.actor_id
      where w.study_pk = study and e.verb = 'ready' order by e.number limit 1),
    '')
$$;

-- A task goes on with the study of the retake, and the study that it had goes to the task that the retake began: for a moment both name one study.
-- Whatever is joined into another task has no place of its own.
alter table workitem drop constraint workitem_study_pk_key;
create unique index workitem_of_study on workitem (study_pk, part) where joined_into is null;
create index workitem_study on workitem (study_pk);
