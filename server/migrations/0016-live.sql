-- What tells open pages of what happened. Whatever a call leaves is written while the account's row is locked, so the
-- movements of an account are seen in the order of `sequence`, and its receipts in that of `posting`: whoever has read to a
-- number misses nothing by going on behind it. Receipts that moved nothing have no sequence; only they pay for this index.
create index charge_free on charge (account_id, posting) where sequence is null;

-- A session that ended, or a member who went, is told at once: what they have open ends.
create function tell_person_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('redpill_people', old.person_id::text);
  return null;
end $$;

create trigger session_ended after delete on session for each row execute function tell_person_changed();
create trigger member_changed after delete or update of role on member for each row execute function tell_person_changed();
