-- What a reader reads best: claim-next offers it sooner (archive/reading/score.ts).
create table reader_preference (
  account_id integer primary key references account (id),
  modalities text[] not null default '{}' check (cardinality(modalities) <= 32),
  body_parts text[] not null default '{}' check (cardinality(body_parts) <= 64),
  changed_at timestamptz not null default now()
);
-- How often was each site served in the last day?
create index workitem_claimed on workitem (centre_id, claimed_at) where claimed_at is not null;
