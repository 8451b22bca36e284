-- What was done by whom (ATNA, FHIR AuditEvent in spirit). Rows are only added; sealing chains them, after that nothing changes.

create table audit_event (
  id bigint primary key generated always as identity,
  at timestamptz not null default now(),
  -- No foreign keys: the audit outlives accounts and studies.
  account_id integer not null,
  username text not null,
  institution_id integer,
  action text not null,
  outcome text not null check (outcome in ('done', 'refused')),
  study_instance_uid text,
  -- What it was done to, when it is not a study: a username, an AE title, a report.
  object text,
  address text,
  detail jsonb,
  -- Views count once per person, study and five minutes: number of the five-minute span since 1970.
  span integer,
  seal bigint unique,
  hash bytea,
  check ((seal is null) = (hash is null))
);
create unique index audit_view on audit_event (account_id, study_instance_uid, span) where span is not null;
-- The newest first, of one study, of one person.
create index audit_study on audit_event (study_instance_uid, id desc) where study_instance_uid is not null;
create index audit_account on audit_event (account_id, id desc);
create index audit_unsealed on audit_event (id) where seal is null;

create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create function seal_only() returns trigger language plpgsql as $$
begin
  if old.seal is null and new.seal is not null
    and (to_jsonb(old) - 'seal' - 'hash') = (to_jsonb(new) - 'seal' - 'hash') then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger audit_event_sealed before update on audit_event for each row execute function seal_only();
create trigger audit_event_kept before delete on audit_event for each row execute function refuse_change();
create trigger audit_event_whole before truncate on audit_event execute function refuse_change();
