-- The reading task (reading.md §3.2), its log and its text.

create table workitem (
  id bigint primary key generated always as identity,
  study_pk bigint not null unique references study (study_pk),
  -- The reading centre; the study's owner stands in study.
  centre_id integer not null references institution (institution_id),
  state text not null,
  urgency smallint not null check (urgency between 0 and 4),
  assignee_id integer references account (id),
  author_id integer references account (id),
  reviewer_id integer references account (id),
  -- The lease is the holder's until then, by this server's clock. Every change of hands counts the generation up.
  lease_until timestamptz,
  generation integer not null default 0,
  reworked boolean not null default false,
  new_images boolean not null default false,
  created_at timestamptz not null default now(),
  -- Number in the change feed from which on an image counts as new; null before READY.
  ready_change bigint,
  ready_at timestamptz,
  due_at timestamptz,
  claimed_at timestamptz,
  submitted_at timestamptz,
  final_at timestamptz
);
-- The reading list: open work of a centre, the most urgent first. Finished work leaves this index.
create index workitem_open on workitem (centre_id, urgency, due_at, id) where state not in ('FINAL', 'CANCELED');
-- Finished work, newest first.
create index workitem_final on workitem (centre_id, final_at desc, id desc) where state = 'FINAL';
-- The clocks: leases that ran out, studies that fell quiet.
create index workitem_lease on workitem (lease_until) where lease_until is not null;
create index workitem_uploading on workitem (created_at) where state = 'UPLOADING';

-- Who did what when and why; hash-chained per workitem, never changed.
create table workitem_event (
  workitem_id bigint not null references workitem (id),
  number integer not null,
  at timestamptz not null,
  -- Null: the clock.
  actor_id integer references account (id),
  verb text not null,
  from_state text,
  to_state text not null,
  reason text,
  generation integer not null,
  -- What else belongs to it, such as the hash of the report that was signed.
  detail jsonb,
  previous_hash bytea,
  hash bytea not null,
  primary key (workitem_id, number)
);
create trigger workitem_event_kept before update or delete on workitem_event for each row execute function refuse_change();
create trigger workitem_event_whole before truncate on workitem_event execute function refuse_change();

-- What an event's hash is taken over: a JSON array is unambiguous, jsonb prints one value in one way.
create function workitem_event_hash(e workitem_event) returns bytea language sql stable as $$
  select sha256(coalesce(e.previous_hash, ''::bytea) || convert_to(jsonb_build_array(
    e.workitem_id, e.number, to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    e.actor_id, e.verb, e.from_state, e.to_state, e.reason, e.generation, e.detail)::text, 'UTF8'))
$$;

create function chain_workitem_event() returns trigger language plpgsql as $$
declare
  last workitem_event;
begin
  -- The workitem's row is locked by whoever adds an event: no two add at once.
  select * into last from workitem_event where workitem_id = new.workitem_id order by number desc limit 1;
  new.number := coalesce(last.number, 0) + 1;
  new.previous_hash := last.hash;
  new.hash := workitem_event_hash(new);
  return new;
end $$;
create trigger workitem_event_chained before insert on workitem_event for each row execute function chain_workitem_event();

-- The text being written: one per workitem. What it was before it changed hands is kept in draft_version.
create table draft (
  workitem_id bigint primary key references workitem (id),
  rev integer not null,
  findings text not null,
  impression text not null,
  advice text not null default '',
  polarity text check (polarity in ('negative', 'positive')),
  author_id integer not null references account (id),
  saved_at timestamptz not null default now()
);
create table draft_version (
  workitem_id bigint not null references workitem (id),
  rev integer not null,
  findings text not null,
  impression text not null,
  advice text not null,
  polarity text,
  author_id integer not null references account (id),
  saved_at timestamptz not null,
  kept_for text not null,
  primary key (workitem_id, rev)
);
create trigger draft_version_kept before update or delete on draft_version for each row execute function refuse_change();

-- A repeated request (weak links repeat) finds that its deed is done. Kept for a week.
create table idempotency_key (
  account_id integer not null references account (id),
  key text not null check (length(key) between 1 and 128),
  request_sha256 bytea not null,
  at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_key_at on idempotency_key (at);

-- 补充: what the imaging room knows and the machine could not say. Kept beside the images, never in them.
create table study_supplement (
  study_pk bigint primary key references study (study_pk),
  rev integer not null default 1,
  clinical_information text not null default '',
  urgency smallint check (urgency between 0 and 4),
  patient_name text not null default '',
  -- What the supplementary name is found by, like study.name_keys.
  name_keys text[] not null default '{}',
  pregnancy boolean,
  department text not null default '',
  requester text not null default '',
  account_id integer not null references account (id),
  saved_at timestamptz not null default now()
);
create index study_supplement_name on study_supplement using gin (name_keys);
