-- Whoever signs has looked at the images themselves, and as they are (reading.md §3.2). The feed numbers images in the order in which they became visible: an
-- opening counts for those up to its number, and so does a grade. (workitem.opened_in_viewer_at, which knew of no person, is asked no more; a later release
-- drops it.)

alter table study_opening add column seen_change bigint not null default 0;
update study_opening o set seen_change = coalesce((select max(c.number) from change c where c.study_pk = o.study_pk and c.at <= o.last_at), 0);

-- Null as long as there is no grade.
alter table draft add column graded_change bigint;
update draft d set graded_change = coalesce((select max(c.number) from workitem w join change c on c.study_pk = w.study_pk and c.at <= d.saved_at
    where w.id = d.workitem_id or w.joined_into = d.workitem_id), 0)
  where d.grade is not null;
