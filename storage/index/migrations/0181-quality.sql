-- Peer review, follow-up and quality events (reading.md §4, §6.5).

-- One drawing: which share of a month's reports, by which seed. With it the same reports are drawn again by anybody who doubts.
create table peer_sample (
  id bigint primary key generated always as identity,
  centre_id integer not null references institution (institution_id),
  month date not null check (extract(day from month) = 1),
  seed text not null,
  share numeric(5, 4) not null check (share > 0 and share <= 1),
  blind boolean not null,
  -- Reports that were signed in the month when it was drawn.
  population integer not null,
  drawn_by integer not null references account (id),
  drawn_at timestamptz not null default now(),
  unique (centre_id, month)
);

create table peer_review (
  id bigint primary key generated always as identity,
  -- Null: chosen by hand.
  sample_id bigint references peer_sample (id),
  centre_id integer not null references institution (institution_id),
  report_id bigint not null unique references report (id),
  blind boolean not null,
  reviewer_id integer references account (id),
  -- RADPEER: 1 agreed, 2 an understandable miss, 3 one that should mostly be made, 4 one that should be made almost every time.
  score smallint check (score between 1 and 4),
  category text,
  comment text,
  scored_at timestamptz,
  answer text check (answer in ('agreed', 'disagreed')),
  answer_text text,
  answered_at timestamptz,
  final_score smallint check (final_score between 1 and 4),
  final_text text,
  settled_by integer references account (id),
  settled_at timestamptz,
  check ((score is null) = (scored_at is null) and (score is null or reviewer_id is not null)),
  check (answer is null or score is not null),
  check ((final_score is null) = (settled_at is null) and (settled_at is null) = (settled_by is null))
);
create index peer_review_open on peer_review (centre_id, id) where score is null;
create index peer_review_centre on peer_review (centre_id, scored_at desc);

-- What surgery, pathology or a later examination said.
create table follow_up (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  report_id bigint not null references report (id),
  source text not null check (source in ('surgery', 'pathology', 're-exam', 'clinical')),
  concordance text not null check (concordance in ('concordant', 'partly', 'discordant')),
  -- What a discordant reading was.
  kind text check (kind in ('missed', 'misread', 'side', 'other')),
  outcome text not null check (length(outcome) between 2 and 2000),
  happened_on date,
  account_id integer not null references account (id),
  at timestamptz not null default now(),
  withdrawn_by integer references account (id),
  withdrawn_at timestamptz
);
create index follow_up_workitem on follow_up (workitem_id);
create index follow_up_at on follow_up (at desc) where withdrawn_at is null;

-- What somebody writes down by hand; events of corrections, peer reviews and follow-ups are read from those.
create table quality_event (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  kind text not null check (kind in ('missed', 'misread', 'side', 'identity', 'typo', 'late', 'image', 'other')),
  text text not null check (length(text) between 2 and 2000),
  account_id integer not null references account (id),
  at timestamptz not null default now()
);
create index quality_event_at on quality_event (at desc);
