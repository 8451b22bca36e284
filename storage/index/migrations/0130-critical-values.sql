-- Critical values (危急值, reading.md §3.4): what was found, who was told, who repeated it, what was done. The fields of the hospitals' paper register.

create table critical_value (
  id bigint primary key generated always as identity,
  workitem_id bigint not null references workitem (id),
  study_pk bigint not null references study (study_pk),
  -- Where it is treated: the owner of the study; and who reads it.
  institution_id int not null references institution (institution_id),
  centre_id int not null references institution (institution_id),
  -- {code, zh, en} as the list had it when it was raised; null: free text alone.
  finding jsonb,
  text text not null check (length(text) <= 2000),
  -- Whom the study named when it was raised: a correction since is told of.
  told jsonb not null,
  suspected boolean not null,
  raised_by int not null references account (id),
  raised_at timestamptz not null default now(),
  state text not null default 'NOTIFYING' check (state in ('NOTIFYING', 'ACKNOWLEDGED', 'ACTED', 'CLOSED', 'WITHDRAWN')),
  -- 0 the page that is open, 1 the ward's duty, 2 the township's director on call, 3 the county's duty office.
  level smallint not null default 0 check (level between 0 and 3),
  -- The clock of the ladder; null: nobody is waited for.
  next_escalation_at timestamptz,
  generation int not null default 1,
  acknowledged_at timestamptz,
  -- Whose account it was, and who gave their name: a PC of the ward is everybody's.
  acknowledged_by int references account (id),
  acknowledged_name text,
  acknowledged_via text check (acknowledged_via in ('portal', 'phone')),
  read_back text,
  confirmed_at timestamptz,
  confirmed_by int references account (id),
  acted_at timestamptz,
  acted_by int references account (id),
  action text,
  -- Closed or withdrawn.
  ended_at timestamptz,
  ended_by int references account (id),
  ended_reason text,
  check ((state = 'NOTIFYING') = (acknowledged_at is null) or state = 'WITHDRAWN'),
  check ((next_escalation_at is null) = (state <> 'NOTIFYING')),
  check (acknowledged_at is null or (acknowledged_name <> '' and read_back <> '')),
  check (state not in ('ACTED', 'CLOSED') or action <> '')
);
-- The ladder's clock.
create index critical_value_escalation on critical_value (next_escalation_at) where next_escalation_at is not null;
-- What is open for this study, for this task?
create index critical_value_study on critical_value (study_pk);
create index critical_value_workitem on critical_value (workitem_id, id);
-- The register and the notices of an institution and of a centre, newest first; what is open is read all the time.
create index critical_value_institution on critical_value (institution_id, raised_at desc, id desc);
create index critical_value_centre on critical_value (centre_id, raised_at desc, id desc);
create index critical_value_open on critical_value (raised_at) where state not in ('CLOSED', 'WITHDRAWN');

-- Who did what when; hash-chained per critical value, never changed (as workitem_event).
create table critical_event (
  critical_id bigint not null references critical_value (id),
  number int not null,
  at timestamptz not null,
  -- Null: the clock.
  actor_id int references account (id),
  verb text not null,
  from_state text,
  to_state text not null,
  detail jsonb not null default '{}',
  previous_hash bytea,
  hash bytea not null,
  primary key (critical_id, number)
);
create trigger critical_event_kept before update or delete on critical_event for each row execute function refuse_change();
create trigger critical_event_whole before truncate on critical_event execute function refuse_change();

create function critical_event_hash(e critical_event) returns bytea language sql stable as $$
  select sha256(coalesce(e.previous_hash, ''::bytea) || convert_to(jsonb_build_array(
    e.critical_id, e.number, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.actor_id, e.verb, e.from_state, e.to_state, e.detail)::text, 'UTF8'))
$$;

create function chain_critical_event() returns trigger language plpgsql as $$
declare
  last critical_event;
begin
  -- The critical value's row is locked by whoever adds an event: no two add at once.
  select * into last from critical_event where critical_id = new.critical_id order by number desc limit 1;
  new.number := coalesce(last.number, 0) + 1;
  new.previous_hash := last.hash;
  new.hash := critical_event_hash(new);
  return new;
end $$;
create trigger critical_event_chained before insert on critical_event for each row execute function chain_critical_event();

-- Whom it was said to and what came back: the page, the outward channel, a telephone call.
create table critical_notice (
  id bigint primary key generated always as identity,
  critical_id bigint not null references critical_value (id),
  level smallint not null,
  channel text not null check (channel in ('portal', 'webhook', 'phone')),
  about text not null check (about in ('raised', 'escalated', 'reminded', 'verified', 'repeated', 'withdrawn', 'call')),
  -- [{name, duty, phone, address}]
  recipients jsonb not null default '[]',
  at timestamptz not null default now(),
  -- Who called; null: the archive.
  by_id int references account (id),
  answer text,
  -- The outward channel: sent until it is taken, or nobody waits for it any more.
  attempts int not null default 0,
  next_attempt_at timestamptz,
  delivered_at timestamptz,
  failure text
);
create index critical_notice_critical on critical_notice (critical_id, id);
create index critical_notice_due on critical_notice (next_attempt_at) where next_attempt_at is not null;

-- The telephone list: who is called at which step of the ladder.
create table critical_contact (
  id bigint primary key generated always as identity,
  institution_id int not null references institution (institution_id),
  level smallint not null check (level between 0 and 3),
  position int not null,
  name text not null check (length(name) between 1 and 64),
  duty text not null default '' check (length(duty) <= 64),
  phone text not null default '' check (length(phone) <= 32),
  -- How the outward channel knows them: a mobile number, a user of 企业微信.
  address text not null default '' check (length(address) <= 128)
);
create index critical_contact_institution on critical_contact (institution_id, level, position);

-- The list of findings (危急值目录), each revision whole. What doctors choose from is the newest that the chief has approved, else the newest.
create table critical_finding_list (
  revision int primary key,
  items jsonb not null,
  saved_by int not null references account (id),
  saved_at timestamptz not null default now(),
  approved_by int references account (id),
  approved_at timestamptz,
  check ((approved_by is null) = (approved_at is null))
);
