-- Versions of a report: temporary, final, addendum, correction; what stands; what was taken back; who saw it (reading.md §3.2, §4).

alter table report drop constraint report_kind_check;
alter table report drop constraint report_check;
alter table report alter column reviewer_id drop not null;
alter table report
  add check (kind in ('temporary', 'final', 'addendum', 'correction')),
  -- 同一人签: written and reviewed by one person, by the centre's policy for the night.
  add column same_person boolean not null default false,
  add check (reviewer_id is distinct from author_id or same_person),
  -- Only a temporary report goes out with one signature.
  add check ((reviewer_id is null) = (kind = 'temporary')),
  -- The version that this one takes the place of.
  add column predecessor_id bigint references report (id),
  -- 128 random bits in the QR code of the print; null for reports that were signed before there was one.
  add column code text unique check (code ~ '^[A-Za-z0-9_-]{22}$'),
  add unique (id, workitem_id);

-- What of a report is not in force any more, and does not come back.
create table report_withdrawal (
  report_id bigint primary key references report (id),
  -- unsigned: the signer thought better of it before anybody saw it · retracted: it should never have been.
  how text not null check (how in ('unsigned', 'retracted')),
  actor_id integer not null references account (id),
  at timestamptz not null default now(),
  reason text not null default ''
);
create trigger report_withdrawal_kept before update or delete on report_withdrawal for each row execute function refuse_change();
create trigger report_withdrawal_whole before truncate on report_withdrawal execute function refuse_change();

-- The one version of a workitem that counts: the key says that there are never two.
create table standing_report (
  workitem_id bigint primary key references workitem (id),
  report_id bigint not null unique references report (id),
  foreign key (report_id, workitem_id) references report (id, workitem_id)
);
insert into standing_report (workitem_id, report_id)
select distinct on (workitem_id) workitem_id, id from report order by workitem_id, version desc;

create function refuse_withdrawn() returns trigger language plpgsql as $$
begin
  if exists (select from report_withdrawal where report_id = new.report_id) then
    raise exception 'report % was withdrawn and cannot stand', new.report_id using errcode = 'restrict_violation';
  end if;
  return new;
end $$;
create trigger standing_report_valid before insert or update on standing_report for each row execute function refuse_withdrawn();

-- Documents of a withdrawn or corrected version are put aside by a rejection, once they are stored (IHE IOCM).
alter table report_document
  add column reject_code text check (reject_code in ('113001', '113037')),
  add column rejected_at timestamptz;
create index report_document_rejecting on report_document (report_id) where reject_code is not null and rejected_at is null and stored_at is not null;

-- Key images as they were at the signature, made when first asked for; null where the image had no picture.
create table report_picture (
  report_id bigint not null references report (id),
  number smallint not null,
  jpeg bytea,
  primary key (report_id, number)
);
create trigger report_picture_kept before update or delete on report_picture for each row execute function refuse_change();

-- Who opened, printed or took away which version: told when it is amended.
create table report_delivery (
  id bigint primary key generated always as identity,
  report_id bigint not null references report (id),
  -- 0: a program or machine without an account, named in `recipient`.
  account_id integer,
  recipient text not null,
  institution_id integer references institution (institution_id),
  channel text not null check (channel in ('web', 'print', 'download', 'dicom')),
  at timestamptz not null default now(),
  -- Of a print: which of this version's it was, and how many sheets went out.
  print_number integer,
  copies integer check (copies between 1 and 99),
  check ((channel = 'print') = (print_number is not null and copies is not null)),
  unique (report_id, print_number)
);
create index report_delivery_report on report_delivery (report_id, id);
-- Opening it again, or taking it again, is not another reader.
create unique index report_delivery_once on report_delivery (report_id, channel, recipient) where channel <> 'print';
create trigger report_delivery_kept before update or delete on report_delivery for each row execute function refuse_change();

-- A printed copy of a version that was corrected or retracted is back, or known to be destroyed.
create table report_recall (
  delivery_id bigint primary key references report_delivery (id),
  actor_id integer not null references account (id),
  at timestamptz not null default now(),
  note text not null default ''
);

-- What a person has to be told.
create table notice (
  id bigint primary key generated always as identity,
  account_id integer not null references account (id),
  kind text not null check (kind in ('temporary', 'final', 'addendum', 'correction', 'retraction')),
  -- The version that they saw.
  report_id bigint not null references report (id),
  -- The one that stands in its place; null after a retraction.
  successor_id bigint references report (id),
  at timestamptz not null default now(),
  seen_at timestamptz,
  unique (account_id, report_id, kind)
);
create index notice_account on notice (account_id, id desc);
create index notice_unseen on notice (account_id) where seen_at is null;
