-- (0001) NULL without quotes is no text in an array: the PatientID "NULL", which some programs write where they have none, was taken for a number, and all who had it for one patient.
update institution set worthless_patient_ids = array_replace(worthless_patient_ids, null, 'NULL');

alter table institution
  alter column worthless_patient_ids set default
    '{0,00,000,0000,00000,000000,00000000,111111,11111111,123456,1234567,12345678,123456789,1234567890,999999,99999999,UNKNOWN,UNKNOW,NONE,"NULL",NA,N/A,NO ID,NOID,ANONYMOUS,ANON,TEST,TEMP,PATIENT,ID,-,--,---,.,X,XX,XXX,无,未知,不详,无名氏,测试}',
  add check (array_position(worthless_patient_ids, null) is null);
