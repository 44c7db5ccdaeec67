-- What keys usually do, so that what one never did before is noticed; and what was noticed, until somebody has looked at it.

-- Models that answered a key, and countries that it was used from, each since when.
create table key_habit (
  key_id uuid not null,
  trait text not null check (trait in ('model', 'country')),
  value text not null,
  first_at timestamptz not null,
  primary key (key_id, trait, value)
);

create table key_notice (
  id uuid primary key,
  account_id uuid not null references account (id),
  key_id uuid not null,
  kind text not null check (kind in ('model', 'country', 'spend')),
  -- What was seen, and what is usual.
  detail jsonb not null,
  at timestamptz not null,
  -- Names it, so that it is noticed once.
  crossing text not null unique,
  dismissed_at timestamptz
);
create index key_notice_open on key_notice (account_id, id) where dismissed_at is null;

create table keys_watched (
  only_row boolean primary key default true check (only_row),
  -- Receipts up to this posting have been looked at.
  posting bigint not null
);
insert into keys_watched (posting) values (0);
