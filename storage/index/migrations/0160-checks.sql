-- What stands around a text while it is written: reasons given against a check, texts that had no place, what a reviewer changed and why.

-- Why a report goes on although a rule of the linter speaks (reading.md §6.2). Only added to.
create table lint_override (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  account_id integer not null references account (id),
  verb text not null,
  rule text not null,
  -- The finding, as the linter names it: it stands while the words stay.
  key text not null,
  severity text not null check (severity in ('error', 'warning')),
  reason text not null,
  at timestamptz not null default now()
);
-- What was justified for this workitem?
create index lint_override_workitem on lint_override (workitem_id, id);
create trigger lint_override_kept before update or delete on lint_override for each row execute function refuse_change();
create trigger lint_override_whole before truncate on lint_override execute function refuse_change();

-- Text that somebody typed and could not save, because the workitem was in other hands by then. The holder merges it or puts it aside; it is kept.
create table draft_fork (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  account_id integer not null references account (id),
  -- Version of the draft that it was typed upon.
  base_rev integer not null,
  text jsonb not null,
  saved_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by integer references account (id),
  merged boolean,
  check ((settled_at is null) = (settled_by is null) and (settled_at is null) = (merged is null))
);
-- One that waits for each writer: typing on replaces it.
create unique index draft_fork_open on draft_fork (workitem_id, account_id) where settled_at is null;

-- What a reviewer changed in the author's text, with the reason of each change, and the grade. Only added to; the texts stand in draft_version.
create table report_review (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  reviewer_id integer not null references account (id),
  author_id integer references account (id),
  verb text not null check (verb in ('rework', 'sign')),
  -- The text as it was submitted, and as it was sent back or signed.
  base_rev integer,
  rev integer not null,
  -- 1 excellent to 4 unfit; null: not graded.
  grade smallint check (grade between 1 and 4),
  comment text not null default '',
  -- [{field, before, after, reason}]
  changes jsonb not null default '[]' check (jsonb_typeof(changes) = 'array'),
  at timestamptz not null default now()
);
create index report_review_workitem on report_review (workitem_id, id);
-- Of an author, for the quality of reports.
create index report_review_author on report_review (author_id, at) where author_id is not null;
create trigger report_review_kept before update or delete on report_review for each row execute function refuse_change();
create trigger report_review_whole before truncate on report_review execute function refuse_change();
