-- Everything of a centre, newest first (view `all`).
create index workitem_newest on workitem (centre_id, created_at desc, id desc);
