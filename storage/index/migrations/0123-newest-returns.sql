-- The newest returns of the centre; what was said lately.
create index workitem_return_newest on workitem_return (at desc, return_id desc);
create index workitem_message_at on workitem_message (at);
