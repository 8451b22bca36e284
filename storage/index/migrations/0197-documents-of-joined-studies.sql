-- A Key Object Selection that points at images of several studies is stored in each of them (PS3.3 C.17.6.2.1): a report has a document of a kind for each.

alter table report_document
  -- Null: the study of the report.
  add column study_pk bigint references study (study_pk),
  drop constraint report_document_pkey,
  add primary key (report_id, sop_instance_uid);
