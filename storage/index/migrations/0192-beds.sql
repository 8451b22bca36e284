-- Where a patient is found: ward (病区) and bed (床号), as the order or the imaging room has them; and as what the patient came (门诊, 急诊, 住院, 体检).

alter table exam_order
  add column patient_class text check (patient_class in ('outpatient', 'emergency', 'inpatient', 'check-up')),
  add column ward text not null default '',
  -- Without 床 behind it (archive/orders/bed.ts): 12, 加3, A12.
  add column bed text not null default '';

alter table study_supplement
  add column ward text not null default '',
  add column bed text not null default '';

-- Who lies in bed 12? Who is in 内科3病区? A label may be written 03 and is asked for as 3; a place may be written with spaces.
create index study_supplement_bed on study_supplement (ltrim(bed, '0')) where bed <> '';
drop index study_supplement_department;
create index study_supplement_place on study_supplement using gin (replace(department || ward, ' ', '') gin_trgm_ops)
  where department <> '' or ward <> '';
