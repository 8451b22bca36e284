-- The one-time tokens with which the first administrator is made. Each gateway that starts while there is none prints one; any of them is good
-- for a day, and all are worthless once there is an administrator.
create table setup_token (
  token_sha256 bytea primary key,
  made_at timestamptz not null default now()
);
