-- Times allowed, and the hours that are worked: every county sets its own (reading.md §3.3). What is not here has its default (archive/reading/turnaround.ts).

create table turnaround_rule (
  centre_id integer not null references institution (institution_id),
  urgency smallint not null check (urgency between 0 and 4),
  -- radiograph, ct, mr, other; formal: the signed report after a temporary one.
  kind text not null check (kind in ('radiograph', 'ct', 'mr', 'other', 'formal')),
  minutes integer not null check (minutes between 1 and 100000),
  working_hours boolean not null,
  primary key (centre_id, urgency, kind)
);

-- An institution without one keeps the hours of the one above it.
create table calendar (
  institution_id integer primary key references institution (institution_id),
  -- Seven lists of {from, to}, Monday first.
  weekly jsonb not null check (jsonb_array_length(weekly) = 7),
  -- Days without work; days with hours of their own: {date, hours}.
  holidays text[] not null default '{}',
  extra_days jsonb not null default '[]',
  account_id integer references account (id),
  changed_at timestamptz not null default now()
);
