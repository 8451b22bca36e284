-- The imaging room's own look at its images before they are sent, and how far the clocks of its machines are from ours. reading.md §6.3, §10.

-- The last check of a study; each one is in the audit.
create table study_self_check (
  study_pk bigint primary key references study on delete cascade,
  -- `none`: does not apply to this exam.
  side_mark text not null check (side_mark in ('good', 'poor', 'none')),
  coverage text not null check (coverage in ('good', 'poor', 'none')),
  motion text not null check (motion in ('good', 'poor', 'none')),
  exposure text not null check (exposure in ('good', 'poor', 'none')),
  -- Exposure Index (0018,1411) as the machine shows it (IEC 62494-1).
  exposure_index double precision check (exposure_index between 0 and 100000),
  note text not null default '' check (length(note) <= 500),
  account_id integer not null references account (id),
  at timestamptz not null default now()
);

-- Received − acquired, by study of a machine, or at the beginning of a performed procedure step. What a machine says in the moment that it says it is
-- worth more than images that may have waited; the least of several images is nearest to the difference of the clocks.
create table device_clock_sample (
  ae_title text collate "C" not null,
  source text not null check (source in ('images', 'performed-step')),
  -- study_pk, or the id of the step.
  ref bigint not null,
  offset_seconds double precision not null,
  at timestamptz not null,
  primary key (ae_title, source, ref)
);
create index device_clock_sample_newest on device_clock_sample (ae_title, source, at desc);
