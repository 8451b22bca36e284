-- The change feed of DICOMweb tells of a change of a whole study (a correction, a merge) once for each instance whose answer it changed.

-- The n-th instance of a change. Written when the change is numbered, and kept whatever becomes of the instance, so that numbers never move.
create table change_instance (
  number bigint not null,
  position int not null,
  sop_instance_uid text collate "C" not null,
  primary key (number, position)
);
-- Has there been a later change of this instance?
create index change_instance_sop_instance_uid on change_instance (sop_instance_uid, number);

-- A spread run is one change, which stands for its `length` instances.
alter table change_run add column spread boolean not null default false;
