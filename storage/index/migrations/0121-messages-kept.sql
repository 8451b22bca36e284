-- What was said stays as it was said; only that it was seen is added.
create function keep_message() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or (old.workitem_id, old.kind, old.side, old.text, old.account_id, old.at)
    is distinct from (new.workitem_id, new.kind, new.side, new.text, new.account_id, new.at) then
    raise exception 'a message is never changed';
  end if;
  return new;
end $$;
create trigger workitem_message_kept before update or delete on workitem_message for each row execute function keep_message();
create trigger workitem_message_whole before truncate on workitem_message execute function refuse_change();
