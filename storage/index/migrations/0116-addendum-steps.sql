-- An addendum is a step of its own: 128001 Add Addendum to Report (PS3.16 CID 9231).
alter table ups drop constraint ups_step_check;
alter table ups add constraint ups_step_check check (step in ('110005', '110007', '128001'));
