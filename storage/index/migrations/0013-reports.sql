-- Signed reports. The content is one canonical JSON text; nothing of a row changes but which of its documents have been stored.

create table report (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  study_pk bigint not null references study (study_pk),
  version integer not null,
  kind text not null check (kind in ('final')),
  content text not null,
  content_sha256 bytea not null check (content_sha256 = sha256(convert_to(content, 'UTF8'))),
  author_id integer not null references account (id),
  reviewer_id integer not null references account (id) check (reviewer_id <> author_id),
  signed_at timestamptz not null,
  unique (workitem_id, version)
);
create index report_study on report (study_pk, version desc);
create trigger report_kept before update or delete on report for each row execute function refuse_change();
create trigger report_whole before truncate on report execute function refuse_change();

-- SR and Encapsulated PDF of a report: UIDs are reserved when it is signed, the instances follow, tried for ever.
create table report_document (
  report_id bigint not null references report (id),
  kind text not null check (kind in ('sr', 'pdf')),
  sop_instance_uid text not null unique,
  series_instance_uid text not null,
  stored_at timestamptz,
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  -- The last failure, for the administrator; no patient data.
  failure text,
  primary key (report_id, kind)
);
create index report_document_pending on report_document (next_attempt_at) where stored_at is null;
