-- The key images of a report are a document of it, like its SR and its PDF: stored, put aside and taken back with them.

alter table report_document drop constraint report_document_kind_check;
alter table report_document add constraint report_document_kind_check check (kind in ('sr', 'pdf', 'kos'));
alter table key_object_selection drop column report_id;
