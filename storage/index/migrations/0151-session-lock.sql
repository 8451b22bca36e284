-- The idle lock (reading.md §10): a session whose page nobody is at. It lives on, and answers the board without names until a password or PIN is given.
alter table session add column locked_at timestamptz;
