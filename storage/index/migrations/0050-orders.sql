-- Orders (申请单): one examination asked for, entered at the township, offered to the machine by the worklist, and the studies that answer it.

-- The beginning of AccessionNumbers; null: decided with the first order.
alter table institution add column accession_prefix text unique check (accession_prefix ~ '^[A-Z0-9]{1,4}$');

-- Numbers given out on a day, by the wall clock of the institution.
create table accession_day (
  institution_id int not null references institution,
  day date not null,
  last int not null,
  primary key (institution_id, day)
);

create table exam_order (
  id bigint primary key generated always as identity,
  institution_id int not null references institution,
  accession_number text collate "C" not null check (length(accession_number) between 1 and 16),
  -- Reserved here, so that the machine writes it and images are known by it.
  study_instance_uid text collate "C" not null unique,
  state text not null default 'scheduled' check (state in ('scheduled', 'in-progress', 'completed', 'discontinued', 'cancelled')),
  -- Counts every change; a writer repeats the one it has seen.
  generation int not null default 1,

  patient_name text not null,
  name_keys text[] not null,
  patient_id text collate "C" not null,
  -- Sealed (archive/field-key.ts); searched by a keyed hash, shown by its last four characters.
  id_card_sealed bytea,
  id_card_index bytea,
  id_card_last4 text,
  sex text check (sex in ('M', 'F', 'O')),
  birth_date text check (birth_date ~ '^\d{8}$'),
  phone_sealed bytea,

  modality text not null,
  procedure text not null,
  body_part text,
  -- The machine it is meant for; null: any of the institution that does this modality.
  ae_title text references ae on update cascade,
  scheduled_at timestamptz not null,
  clinical_information text not null default '',
  urgency smallint not null check (urgency between 0 and 4),
  department text not null default '',
  requester text not null default '',

  created_at timestamptz not null default now(),
  created_by int not null references account (id),
  -- Idempotency-Key of the request that made it.
  request_key text,
  started_at timestamptz,
  ended_at timestamptz,
  unique (institution_id, accession_number),
  unique (created_by, request_key)
);
-- The orders page: newest first; the worklist and the candidates of a study: open ones by their time.
create index exam_order_newest on exam_order (institution_id, created_at desc, id desc);
create index exam_order_open on exam_order (institution_id, scheduled_at) where state in ('scheduled', 'in-progress');
-- Under way: the clock looks whether they are complete.
create index exam_order_under_way on exam_order (started_at) where state = 'in-progress';
-- Who has been here before?
create index exam_order_name on exam_order using gin (name_keys);
create index exam_order_patient on exam_order (institution_id, patient_id);
create index exam_order_id_card on exam_order (institution_id, id_card_index) where id_card_index is not null;

-- Who did what when and why; only added to.
create table order_event (
  id bigint primary key generated always as identity,
  order_id bigint not null references exam_order,
  at timestamptz not null default now(),
  -- Null: a machine or the clock.
  actor_id int references account (id),
  verb text not null,
  from_state text,
  to_state text not null,
  reason text,
  generation int not null
);
create index order_event_order on order_event (order_id, id);
create trigger order_event_kept before update or delete on order_event for each row execute function refuse_change();
create trigger order_event_whole before truncate on order_event execute function refuse_change();

-- Which order a study answers. Rows are undone, never taken away; at most one stands for a study, and an order may have several studies (a DR makes one a view).
create table study_order (
  id bigint primary key generated always as identity,
  study_pk bigint not null references study on delete cascade,
  -- Null: it needs none (a walk-in).
  order_id bigint references exam_order,
  how text not null check (how in ('accession-number', 'study-instance-uid', 'by-hand', 'no-order')),
  reason text,
  -- Null: matched by itself.
  actor_id int references account (id),
  at timestamptz not null default now(),
  -- The study's supplement as it was before the order's text flowed into it, and its version after: undoing puts it back if nobody has written since.
  supplement_before jsonb,
  supplement_rev int,
  -- The correction of the study's patient data that was asked for with the match.
  correction_revision int,
  undone_at timestamptz,
  undone_by int references account (id),
  undone_reason text,
  check ((order_id is null) = (how = 'no-order'))
);
create unique index study_order_stands on study_order (study_pk) where undone_at is null;
create index study_order_order on study_order (order_id) where undone_at is null;

-- The tray: studies that no order could be found for, until a person decides.
create table unmatched_study (
  study_pk bigint primary key references study on delete cascade,
  institution_id int not null references institution,
  received_at timestamptz not null
);
create index unmatched_study_newest on unmatched_study (institution_id, received_at desc, study_pk desc);
