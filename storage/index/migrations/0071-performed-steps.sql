-- Modality Performed Procedure Steps (PS3.4 Annex F): what machines say of the exams that they make.

create table performed_step (
  id bigint primary key generated always as identity,
  sop_instance_uid text collate "C" not null unique,
  institution_id int not null references institution,
  ae_title text not null,
  state text not null check (state in ('IN PROGRESS', 'COMPLETED', 'DISCONTINUED')),
  -- The order that it is a step of; null: none that we know.
  order_id bigint references exam_order,
  -- Of the Scheduled Step Attributes Sequence.
  study_instance_uids text[] collate "C" not null,
  -- DICOM JSON of everything that was said, the newest of each attribute.
  attributes text not null,
  created_at timestamptz not null default now(),
  changed_at timestamptz not null default now()
);
-- Which steps is this study made in?
create index performed_step_study on performed_step using gin (study_instance_uids);
create index performed_step_order on performed_step (order_id) where order_id is not null;

-- The instances that a step has listed: when all of them are here, nothing more is waited for.
create table performed_instance (
  step_id bigint not null references performed_step on delete cascade,
  sop_instance_uid text collate "C" not null,
  primary key (step_id, sop_instance_uid)
);
