-- What keys and accounts may do per minute and at once, whom keys may reach and from where, keys with two secrets while
-- they are rotated, and accounts' own keys at providers.

-- Of a limit: null is the setting of the server, 0 is none.
alter table account
  add column requests_per_minute integer check (requests_per_minute >= 0),
  add column tokens_per_minute bigint check (tokens_per_minute >= 0),
  add column parallel_max integer check (parallel_max >= 0);

alter table api_key
  add column requests_per_minute integer check (requests_per_minute >= 0),
  add column tokens_per_minute bigint check (tokens_per_minute >= 0),
  add column parallel_max integer check (parallel_max >= 0),
  -- Null allows everything: patterns of model ids, names of providers, addresses and networks of callers.
  add column allowed_models text[],
  add column allowed_providers text[],
  add column allowed_addresses text[],
  -- The secret before the last rotation, and until when it still works.
  add column previous_hmac bytea unique check (octet_length(previous_hmac) = 32),
  add column previous_until timestamptz,
  add constraint api_key_previous_has_an_end check ((previous_hmac is null) = (previous_until is null));

-- As before, for both secrets, and for those that a change replaced.
create or replace function tell_key_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('redpill_callers', 'key ' || encode(secret, 'hex'))
    from (
      select new.secret_hmac union select new.previous_hmac union select old.secret_hmac union select old.previous_hmac
    ) as changed (secret)
    where secret is not null;
  return null;
end $$;

-- What each process has taken of a limit, for one minute; parallel calls stand under minute 0 and live as long as they
-- are renewed. The sum over processes never exceeds the limit. Rows are of use for minutes only.
create table rate_share (
  owner_id uuid not null,
  resource text not null check (resource in ('requests', 'tokens', 'parallel')),
  minute bigint not null,
  process_id uuid not null,
  amount bigint not null check (amount > 0),
  -- What of it was not used when it was written.
  spare bigint not null check (spare >= 0),
  -- When the process last said what it needs: after a recall, only what is used is left of the share.
  answered_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (owner_id, resource, minute, process_id)
);

create index rate_share_expiry on rate_share (expires_at);

-- Makes the share of a process at least `needed`, with some more where there is plenty, or, where that cannot be had,
-- exactly what it has used; then the others are asked (on 'redpill_rate') to give back what they do not use.
create function rate_claim(
  by_process uuid, of_owner uuid, of_resource text, in_minute bigint, most bigint, used bigint, needed bigint,
  lives interval, asked_at timestamptz,
  out granted boolean, out share bigint, out others bigint, out all_answered boolean, out at timestamptz
) language plpgsql as $$
declare
  competitors bigint;
  free bigint;
  hoarded boolean;
begin
  perform pg_advisory_xact_lock(hashtextextended(of_owner::text || of_resource, in_minute));
  at := clock_timestamp();
  select coalesce(sum(s.amount), 0), count(*),
      coalesce(bool_and(s.answered_at > asked_at and s.spare = 0), true),
      coalesce(bool_or(asked_at is null or (s.answered_at > asked_at and s.spare > 0)), false)
    into others, competitors, all_answered, hoarded
    from rate_share s
    where s.owner_id = of_owner and s.resource = of_resource and s.minute = in_minute
      and s.process_id <> by_process and s.expires_at > at;
  free := most - others;
  granted := free >= needed;
  share := case when granted and needed > used
    then needed + (free - needed) / (2 * (1 + competitors))
    else used end;
  if share > 0 then
    insert into rate_share (owner_id, resource, minute, process_id, amount, spare, answered_at, expires_at)
      values (of_owner, of_resource, in_minute, by_process, share, greatest(0, share - greatest(used, needed)), at, at + lives)
      on conflict (owner_id, resource, minute, process_id)
      do update set amount = excluded.amount, spare = excluded.spare, answered_at = excluded.answered_at, expires_at = excluded.expires_at;
  else
    delete from rate_share s
      where s.owner_id = of_owner and s.resource = of_resource and s.minute = in_minute and s.process_id = by_process;
  end if;
  if not granted and hoarded then
    perform pg_notify('redpill_rate', concat_ws(' ', of_owner, of_resource, in_minute, by_process));
  end if;
end $$;

-- Keys of accounts at providers. Sealed; never told.
create table provider_key (
  id uuid primary key,
  account_id uuid not null references account (id),
  provider_id uuid not null references provider (id),
  api_key_sealed text not null,
  -- The last characters, for people.
  label text not null,
  -- Whether a call whose own key failed may go on with the operator's.
  fallback boolean not null,
  created_at timestamptz not null,
  unique (account_id, provider_id)
);

-- Callers carry the keys of their account.
create function tell_provider_key_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('redpill_callers', 'account ' || coalesce(new.account_id, old.account_id)::text);
  return null;
end $$;

create trigger provider_key_changed after insert or update or delete on provider_key
  for each row execute function tell_provider_key_changed();
