-- The view of critical values: few, also among what is signed.
create index workitem_critical on workitem (centre_id, created_at) where critical > 0;
