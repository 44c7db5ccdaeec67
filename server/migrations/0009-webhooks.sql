-- Who is told when credits or limits run out, of what, and how the telling went.

create table webhook (
  id uuid primary key,
  account_id uuid not null references account (id),
  url text not null,
  events text[] not null,
  -- The signing secret, sealed.
  secret_sealed text not null,
  -- The operator's: hears of every account.
  all_accounts boolean not null default false,
  allow_private boolean not null default false,
  disabled boolean not null default false,
  created_at timestamptz not null,
  deleted_at timestamptz
);

create index webhook_account on webhook (account_id, id) where deleted_at is null;

-- Below which balance an account is told, and whether it is below. Watched by a job; no call reads or writes it.
create table balance_alert (
  account_id uuid primary key references account (id),
  threshold bigint not null check (threshold > 0),
  is_low boolean not null default false
);

-- What happened, once for each crossing: `crossing` names it, so a second process finds it taken.
create table webhook_event (
  id uuid primary key,
  account_id uuid not null,
  type text not null,
  crossing text not null unique,
  data jsonb not null,
  at timestamptz not null
);

-- One event on its way to one webhook. Its id is the `webhook-id` of every attempt.
create table webhook_delivery (
  id uuid primary key,
  event_id uuid not null references webhook_event (id),
  webhook_id uuid not null references webhook (id),
  status text not null default 'pending' check (status in ('pending', 'delivered', 'failed')),
  attempts integer not null default 0,
  -- While an attempt is under way: when another process may take it for lost.
  next_at timestamptz not null,
  answer_status smallint,
  problem text,
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (event_id, webhook_id)
);

create index webhook_delivery_due on webhook_delivery (next_at) where status = 'pending';
create index webhook_delivery_of on webhook_delivery (webhook_id, id);
