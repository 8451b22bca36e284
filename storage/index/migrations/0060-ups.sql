-- Unified Procedure Steps (PS3.4 Annex CC, PS3.18 §11): what outside systems have scheduled, and the steps of the reading workflow as they see them.

create table ups (
  ups_pk bigint generated always as identity primary key,
  sop_instance_uid text collate "C" not null unique,
  -- Whose it is: the institution of its creator; of a reading step the reading centre.
  institution_id int not null references institution,
  -- A step of the reading workflow; null: created from outside. Who may see its study may see the step.
  workitem_id bigint references workitem (id) on delete cascade,
  study_pk bigint references study (study_pk) on delete cascade,
  -- Which step: 110005 Interpretation, 110007 Verification; null: created from outside.
  step text check (step in ('110005', '110007')),
  state text not null check (state in ('SCHEDULED', 'IN PROGRESS', 'COMPLETED', 'CANCELED')),
  -- The lock of its performer: recorded with IN PROGRESS, never shown.
  transaction_uid text,
  -- DICOM JSON of everything else.
  dataset jsonb not null,
  -- What is matched by: the name as `A=I=P` with its keys, and the moment it is scheduled for.
  patient_name text,
  name_keys text[] not null default '{}',
  scheduled_at timestamptz,
  created_at timestamptz not null default now(),
  final_at timestamptz,
  -- Deleted after its time; what is left says that it existed (410).
  gone_at timestamptz,
  check ((final_at is not null) = (state in ('COMPLETED', 'CANCELED'))),
  check ((step is null) = (workitem_id is null))
);
-- One open step of a kind for each workitem.
create unique index ups_open_step on ups (workitem_id, step) where final_at is null;
-- The worklist of an institution, newest first; the steps of a study.
create index ups_institution on ups (institution_id, ups_pk desc) where workitem_id is null;
create index ups_study on ups (study_pk) where study_pk is not null;
-- What is to be deleted.
create index ups_final on ups (final_at) where final_at is not null and gone_at is null;
create index ups_gone on ups (gone_at) where gone_at is not null;

-- The first moment of a DT (PS3.5 §6.2), where it is one; without an offset it is UTC.
create function ups_moment(dt text) returns timestamptz language plpgsql immutable as $$
declare
  part text[] := regexp_match(dt, '^(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:\.(\d{1,6}))?([+-]\d{4})?$');
begin
  if part is null then
    return null;
  end if;
  return make_timestamptz(part[1]::int, coalesce(part[2], '1')::int, coalesce(part[3], '1')::int, coalesce(part[4], '0')::int,
      coalesce(part[5], '0')::int, coalesce(part[6], '0')::int + coalesce('0.' || part[7], '0')::float8, 'UTC')
    - (coalesce(left(part[8], 3), '0') || ' hours')::interval - (coalesce(left(part[8], 1) || substr(part[8], 4), '0') || ' minutes')::interval;
exception when others then
  return null;
end $$;

-- How far the event log of a workitem has been told as procedure steps.
create table ups_reading (
  workitem_id bigint primary key references workitem (id) on delete cascade,
  last_event int not null
);

-- Event reports (PS3.4 Table CC.2.4-1), numbered as they happened to a step; to whom they go stands in ups_delivery.
create table ups_event (
  number bigint generated always as identity primary key,
  -- Null: about the archive itself (SCP Status Change).
  ups_pk bigint references ups on delete cascade,
  type smallint not null check (type between 1 and 5),
  information jsonb not null,
  at timestamptz not null default now()
);
create index ups_event_ups on ups_event (ups_pk);
create index ups_event_at on ups_event (at);

-- Subscriptions to the worklist, whole or filtered. An AE title is the subscriber's own within its institution.
create table ups_subscriber (
  institution_id int not null references institution,
  ae_title text not null,
  filtered boolean not null,
  deletion_lock boolean not null,
  -- Matching keys, parsed: what storage/index/ups/search.ts takes.
  filter jsonb,
  at timestamptz not null default now(),
  primary key (institution_id, ae_title, filtered),
  check (filtered = (filter is not null))
);

-- Subscriptions to one step.
create table ups_subscription (
  ups_pk bigint not null references ups on delete cascade,
  institution_id int not null references institution,
  ae_title text not null,
  deletion_lock boolean not null,
  at timestamptz not null default now(),
  primary key (ups_pk, institution_id, ae_title)
);
create index ups_subscription_subscriber on ups_subscription (institution_id, ae_title);

-- Reports that wait for the subscriber's channel; a row goes when it was sent.
create table ups_delivery (
  institution_id int not null,
  ae_title text not null,
  number bigint not null references ups_event on delete cascade,
  primary key (institution_id, ae_title, number)
);
create index ups_delivery_number on ups_delivery (number);
