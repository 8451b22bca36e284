-- What an account has set for itself (viewer, lists, editor), so that it follows the person to another PC. By named section: two windows that change
-- different things do not undo each other.

create table account_preference (
  account_id integer not null references account (id) on delete cascade,
  section text not null check (section ~ '^[a-z][a-z0-9-]{0,31}$'),
  value jsonb not null check (length(value::text) <= 24576),
  updated_at timestamptz not null default now(),
  primary key (account_id, section)
);
