-- Which studies somebody really looked at while writing or signing a report: that of the workitem, and others of the same person. Whoever signs without
-- has to say why; a prior that the text cites has to be among them.

create table study_opening (
  workitem_id bigint not null references workitem (id),
  account_id integer not null references account (id),
  study_pk bigint not null references study (study_pk),
  -- Its images in the viewer, or the text of its report.
  what text not null check (what in ('images', 'report')),
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now(),
  primary key (workitem_id, account_id, study_pk, what)
);
