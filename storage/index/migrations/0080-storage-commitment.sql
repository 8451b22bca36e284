-- Storage commitment (PS3.4 Annex J), both ways: what equipment has asked us to keep, and what we have asked others to keep. A row lives until it is
-- answered or given up, whatever restarts come between.

create table storage_commitment (
  id bigint primary key generated always as identity,
  -- scp: asked of us · scu: asked by us.
  role text not null check (role in ('scp', 'scu')),
  transaction_uid text collate "C" not null,
  institution_id int not null references institution,
  -- The peer.
  ae_title text not null,
  -- scp: pending (its report is due) → reported · scu: pending (to be asked) → requested → committed or failed · either: given-up
  state text not null default 'pending' check (state in ('pending', 'requested', 'reported', 'committed', 'failed', 'given-up')),
  -- [{ "SOPClassUID", "SOPInstanceUID" }]
  instances jsonb not null,
  -- What was not committed: [{ "SOPClassUID", "SOPInstanceUID", "FailureReason" }]; null until it is known.
  failures jsonb,
  study_instance_uid text collate "C",
  account_id int references account (id),
  requested_at timestamptz not null default now(),
  attempts int not null default 0,
  next_attempt_at timestamptz not null default now(),
  last_error text,
  ended_at timestamptz,
  unique (role, ae_title, transaction_uid)
);
-- Whose turn is it?
create index storage_commitment_due on storage_commitment (next_attempt_at) where state in ('pending', 'requested');
-- The newest of an institution.
create index storage_commitment_newest on storage_commitment (institution_id, requested_at desc, id desc);
