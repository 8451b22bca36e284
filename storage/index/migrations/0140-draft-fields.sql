-- The sections, the class of wording, the grade of the images and the key images of a report (reading.md §4), while it is being written.

alter table draft
  add column technique text not null default '',
  add column comparison text not null default '',
  add column remark text not null default '',
  add column wording text check (wording in ('normal', 'affirmative', 'consistent', 'possible', 'not-excluded')),
  -- {grade, dims}; null until somebody has said it.
  add column grade jsonb,
  -- [{SeriesInstanceUID, SOPInstanceUID, frame, caption}], in the order in which they are printed.
  add column key_images jsonb not null default '[]' check (jsonb_typeof(key_images) = 'array' and jsonb_array_length(key_images) <= 8);

alter table draft_version
  add column technique text not null default '',
  add column comparison text not null default '',
  add column remark text not null default '',
  add column wording text,
  add column grade jsonb,
  add column key_images jsonb not null default '[]';
