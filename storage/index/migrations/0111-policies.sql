-- What the county decides about its reading centre; a name that is not here has its default (archive/reading/policies.ts).
create table policy (
  name text primary key check (length(name) between 1 and 64),
  value jsonb not null,
  account_id integer references account (id),
  changed_at timestamptz not null default now()
);
