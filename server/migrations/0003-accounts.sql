-- People and organisations, and the keys they call with. Balances, spend and key limits live in the ledger's tables.

create table account (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  kind text not null check (kind in ('customer', 'operator')),
  frozen boolean not null default false,
  created_at timestamptz not null
);

-- At most one operator account: two first starts at once cannot both make one.
create unique index account_one_operator on account (kind) where kind = 'operator';

create table api_key (
  id uuid primary key,
  account_id uuid not null references account (id),
  kind text not null check (kind in ('inference', 'management')),
  name text not null check (length(name) between 1 and 200),
  -- The first and last characters of the secret, for people.
  label text not null,
  -- Keyed hash of the secret; the secret itself is stored nowhere.
  secret_hmac bytea not null unique check (octet_length(secret_hmac) = 32),
  disabled boolean not null default false,
  expires_at timestamptz,
  created_at timestamptz not null,
  -- A deleted key keeps its row for the history of its calls and never works again.
  deleted_at timestamptz
);

create index api_key_of_account on api_key (account_id, id);

-- Gateways keep keys in memory. A change reaches them in the transaction that makes it: 'key <hmac>' or 'account <id>'.
create function tell_key_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('redpill_callers', 'key ' || encode(coalesce(new.secret_hmac, old.secret_hmac), 'hex'));
  return null;
end $$;

create trigger api_key_changed after insert or update or delete on api_key
  for each row execute function tell_key_changed();

create function tell_account_changed() returns trigger language plpgsql as $$
begin
  perform pg_notify('redpill_callers', 'account ' || coalesce(new.id, old.id)::text);
  return null;
end $$;

create trigger account_changed after update or delete on account
  for each row execute function tell_account_changed();
