-- Figures of the reading centre (reading.md §3.3, §4, §6.5).
--
-- One narrow row for each reading task: what statistics count. Rows of our own tasks are made from the tasks, their reports, returns and critical values
-- by one statement (storage/index/statistics/facts.ts) whenever one of them changes, and can be made again at any time. Rows without a task are figures
-- that were taken over from an earlier system: there is no study behind them.
create table reading_fact (
  fact_id bigint generated always as identity primary key,
  workitem_id bigint unique references workitem (id),
  institution_id integer not null references institution (institution_id),
  centre_id integer not null references institution (institution_id),
  modality text not null,
  urgency smallint not null,
  -- T0, T1, T2, T3, T4, T5 (the first final version), T6, T7.
  study_end_at timestamptz,
  first_byte_at timestamptz,
  ready_at timestamptz,
  claimed_at timestamptz,
  submitted_at timestamptz,
  final_at timestamptz,
  delivered_at timestamptz,
  opened_at timestamptz,
  due_at timestamptz,
  paused_seconds integer not null,
  author_id integer references account (id),
  reviewer_id integer references account (id),
  same_person boolean not null,
  polarity text,
  wording text,
  -- 甲 乙 丙 丁 of radiographs, 0 (best) to 3 of all else.
  grade text,
  returns integer not null,
  -- One code for each reason of each return.
  return_reasons text[] not null,
  corrections integer not null,
  addenda integer not null,
  retracted boolean not null,
  canceled boolean not null,
  critical_at timestamptz,
  criticals integer not null,
  criticals_in_time integer not null,
  -- Days as the county's calendar has them: China has one time zone.
  ready_day date generated always as ((ready_at at time zone 'Asia/Shanghai')::date) stored,
  final_day date generated always as ((final_at at time zone 'Asia/Shanghai')::date) stored,
  critical_day date generated always as ((critical_at at time zone 'Asia/Shanghai')::date) stored
);
-- What became readable, was signed, was raised in a period: of a centre, of one institution.
create index reading_fact_ready on reading_fact (centre_id, ready_day);
create index reading_fact_final on reading_fact (centre_id, final_day);
create index reading_fact_institution_ready on reading_fact (institution_id, ready_day);
create index reading_fact_institution_final on reading_fact (institution_id, final_day);
create index reading_fact_critical on reading_fact (centre_id, critical_day) where critical_day is not null;

-- What a report or a second signature of a modality counts for its doctor, and what a township pays the centre for it; a modality without a row counts
-- by the row of `*`.
create table modality_tariff (
  centre_id integer not null references institution (institution_id),
  modality text not null check (length(modality) between 1 and 16),
  report_points numeric(6, 2) not null check (report_points between 0 and 1000),
  review_points numeric(6, 2) not null check (review_points between 0 and 1000),
  -- Integer fen.
  fee_fen integer not null check (fee_fen between 0 and 10000000),
  primary key (centre_id, modality)
);

-- Who is on duty. A person may stand in several shifts of a day.
create table roster_duty (
  centre_id integer not null references institution (institution_id),
  day date not null,
  shift text not null check (shift in ('day', 'evening', 'night')),
  account_id integer not null references account (id),
  primary key (centre_id, day, shift, account_id)
);
