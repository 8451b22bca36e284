-- Where an institution stands (WGS 84, degrees), for the map of the wallboard (reading.md §6.5); without a place it stands beside the map.
alter table institution
  add column longitude double precision check (longitude between -180 and 180),
  add column latitude double precision check (latitude between -90 and 90),
  add constraint institution_place check ((longitude is null) = (latitude is null));

-- The outline of the county that a reading centre draws behind its sites: rings of [longitude, latitude], simplified when they were taken in.
create table map_outline (
  centre_id integer primary key references institution (institution_id),
  rings jsonb not null,
  changed_at timestamptz not null default now()
);
