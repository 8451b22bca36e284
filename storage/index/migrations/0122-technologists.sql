-- Who took the images stays with the study, though the task may go on with another: by the images, else who sent them off by hand.
alter table study_technologist alter column technologist drop not null;
alter table study_technologist add column sender_id int references account;

create or replace function technologist_of(study bigint) returns text language sql stable as $$
  select coalesce((select coalesce(nullif(t.technologist, ''), a.display_name)
    from study_technologist t left join account a on a.id = t.sender_id where t.study_pk = study), '')
$$;
