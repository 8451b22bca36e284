-- What corrected instances begin with, prepared by a job (index.md §5), and what they are known by when somebody sends one back.

create table corrected_header (
  sop_instance_uid text collate "C" not null,
  -- The object that is corrected, and a digest of what is laid over it.
  source_object_key text collate "C" not null,
  overlay_key text not null,
  -- The corrected bytes up to Pixel Data; null: superseded, or nothing in this instance is another, or it cannot be parted so.
  object_key text collate "C",
  header_size bigint,
  -- Where the source is read on.
  tail_at bigint,
  transfer_syntax_uid text collate "C" not null,
  -- Of the whole corrected data set; null where nothing in this instance is another.
  dataset_sha256 bytea,
  written_at timestamptz not null default now(),
  primary key (sop_instance_uid, source_object_key, overlay_key)
);
-- Is this object published?
create index corrected_header_object_key on corrected_header using hash (object_key) where object_key is not null;

-- What is laid over the instances of a series, and a name for it; null for nearly all.
create function overlay_of(of_study jsonb, of_series jsonb) returns jsonb
language sql stable
return case when of_study is not null or of_series is not null then jsonb_build_object(
  'key', md5(coalesce(of_study::text, '') || ' ' || coalesce(of_series::text, '')),
  'steps', coalesce(of_study, '[]') || coalesce(of_series, '[]')
) end;
