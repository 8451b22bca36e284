-- Accounts of people and programs, and who is signed in.

create table account (
  id integer primary key generated always as identity,
  -- Lower case; what is typed at sign-in is lowered before it is looked up.
  username text not null unique check (username = lower(username) and length(username) between 1 and 64),
  display_name text not null check (length(display_name) between 1 and 64),
  kind text not null check (kind in ('person', 'program')),
  roles text[] not null,
  institution_id integer not null references institution (institution_id),
  -- Argon2id in its PHC form; null: no sign-in by password.
  password_hash text,
  -- SHA-256 of a program's bearer token.
  token_sha256 bytea unique,
  enabled boolean not null default true,
  -- Its password is printed at start; never in production.
  demo boolean not null default false,
  created_at timestamptz not null default now(),
  last_sign_in timestamptz,
  -- Changes whenever password, token, roles, institution or enabled change: whatever was cached of the account ends with it.
  revision integer not null default 1
);

-- Only the token's SHA-256 is kept: who reads the table cannot sign in with it.
create table session (
  token_sha256 bytea primary key,
  account_id integer not null references account (id) on delete cascade,
  created_at timestamptz not null default now(),
  -- When a password was last given in this session; signing asks for a recent one.
  authenticated_at timestamptz not null default now(),
  last_seen timestamptz not null default now(),
  expires_at timestamptz not null
);
-- Ends every session of an account; a foreign key without an index locks the table on delete.
create index session_account on session (account_id);

-- Failures are counted by what was typed, whether or not such an account exists: the answer tells nobody which names do.
create table sign_in_failure (
  username text primary key,
  failures integer not null,
  locked_until timestamptz,
  last_at timestamptz not null default now()
);
