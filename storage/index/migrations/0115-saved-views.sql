-- Searches of the reading list that somebody keeps, for themselves or for all of the centre.
create table saved_view (
  id bigint primary key generated always as identity,
  account_id integer not null references account (id),
  centre_id integer not null references institution (institution_id),
  name text not null check (length(name) between 1 and 32),
  shared boolean not null default false,
  query jsonb not null,
  columns jsonb,
  saved_at timestamptz not null default now(),
  unique (account_id, name)
);
create index saved_view_shared on saved_view (centre_id) where shared;

-- What a deed came to, for whoever repeats its request: the task that claim-next took.
alter table idempotency_key add column result bigint;
