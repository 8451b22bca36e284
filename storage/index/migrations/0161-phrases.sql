-- Templates and macros of doctors and of the centre (reading.md §4, §6.2). The starters are files of the program; a row may stand in the place of one.

create table phrase (
  id bigint primary key generated always as identity,
  kind text not null check (kind in ('template', 'macro')),
  -- Of the centre; with an account, that doctor's own.
  institution_id integer not null references institution (institution_id),
  account_id integer references account (id),
  -- approved: in use · proposed: waits for the chief · refused: with a reason · hidden: the starter that it names is not shown · replaced: by a newer one
  state text not null check (state in ('approved', 'proposed', 'refused', 'hidden', 'replaced')),
  title text not null,
  abbreviation text not null default '',
  modality text not null default '',
  body_part text not null default '',
  sex text not null default '' check (sex in ('', 'M', 'F')),
  age_band text not null default '' check (age_band in ('', 'infant', 'child', 'adult', 'elderly')),
  polarity text check (polarity in ('negative', 'positive')),
  wording text check (wording in ('normal', 'affirmative', 'consistent', 'possible', 'not-excluded')),
  -- Template: text by section; macro: {text}.
  sections jsonb not null,
  -- Key of the starter, or id of the row, that it is to stand in the place of.
  replaces text,
  rev integer not null default 1,
  proposed_by integer references account (id),
  decided_by integer references account (id),
  reason text,
  changed_at timestamptz not null default now(),
  check (account_id is null or state = 'approved')
);
-- What may this doctor use?
create index phrase_centre on phrase (institution_id, kind) where account_id is null and state <> 'replaced';
create index phrase_own on phrase (account_id, kind) where account_id is not null;
-- One row hides a starter.
create unique index phrase_hidden on phrase (institution_id, replaces) where state = 'hidden';

-- How often a doctor used which, so that the chooser begins with what is used. `key`: a starter's key or a row's id.
create table phrase_use (
  account_id integer not null references account (id),
  key text not null,
  uses integer not null default 1,
  last_at timestamptz not null default now(),
  primary key (account_id, key)
);
