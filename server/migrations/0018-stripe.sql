-- What is known at Stripe of accounts and orders. Nothing here is money: orders and the ledger are moved by what is read at
-- Stripe, and these rows say what to read, when, and with which words something was asked.

-- One customer at Stripe for each account, in test mode and in live mode.
create table stripe_customer (
  account_id uuid not null references account (id),
  livemode boolean not null,
  -- The idempotency key under which it is made: two who make it at once make one.
  claim_id uuid not null,
  customer_id text unique,
  created_at timestamptz not null,
  primary key (account_id, livemode)
);

create table stripe_payment (
  order_id uuid primary key references payment_order (id),
  account_id uuid not null,
  livemode boolean not null,
  -- `page`: the payer pays on Stripe's page; `card`: a saved card is charged; `auto`: the same, without the payer.
  way text not null check (way in ('page', 'card', 'auto')),
  -- Amount and fee in nano-USD, tax not in it.
  total bigint not null check (total > 0),
  -- What Stripe is asked, word by word: the same again under the same idempotency key.
  request jsonb not null,
  session_id text unique,
  intent_id text unique,
  charge_id text unique,
  -- Whether money came, or cannot come any more.
  outcome text check (outcome in ('paid', 'failed')),
  created_at timestamptz not null,
  -- When it was last begun to be read.
  read_at timestamptz,
  -- When it is read again; null: everything that may happen has happened.
  next_read_at timestamptz,
  problem text
);

create index stripe_payment_due on stripe_payment (next_read_at) where next_read_at is not null;
create index stripe_payment_auto on stripe_payment (account_id, created_at) where way = 'auto';

-- What Stripe said that happened, each event once. Only who is meant is kept: what is so is read at Stripe.
create table stripe_event (
  id text primary key,
  livemode boolean not null,
  type text not null,
  object_kind text not null,
  object_id text not null,
  intent_id text,
  charge_id text,
  happened_at timestamptz not null,
  received_at timestamptz not null,
  source text not null check (source in ('webhook', 'sweep')),
  state text not null default 'waiting' check (state in ('waiting', 'done', 'given-up')),
  attempts integer not null default 0,
  -- While it is worked on: when another process may take that for lost.
  next_at timestamptz not null,
  problem text,
  ended_at timestamptz
);

create index stripe_event_due on stripe_event (next_at) where state = 'waiting';
create index stripe_event_ended on stripe_event (ended_at) where ended_at is not null;

-- How far the list of events was read.
create table stripe_sweep (
  livemode boolean primary key,
  read_until timestamptz not null,
  next_at timestamptz not null
);

-- Who wants credits bought before they run out. Watched by a job; no call reads or writes it.
create table auto_top_up (
  account_id uuid primary key references account (id),
  is_on boolean not null,
  -- Bought when the balance is below `threshold`; at most `monthly_max` leaves the card in a month (UTC), fees in it.
  threshold bigint not null check (threshold > 0),
  amount bigint not null check (amount > 0),
  monthly_max bigint not null check (monthly_max > 0),
  livemode boolean not null,
  card_id text not null,
  -- Who set it, and is told when it pauses.
  person_id uuid,
  pause text check (pause in ('declined', 'authentication', 'ceiling', 'card', 'refused')),
  pause_words text,
  paused_at timestamptz,
  -- The order under way; while it is there, no other is begun.
  order_id uuid,
  failures integer not null default 0,
  -- When it is looked at again: after a failure, or when whoever works on it may be taken for dead.
  next_at timestamptz not null,
  changed_at timestamptz not null
);

create index auto_top_up_due on auto_top_up (next_at) where is_on;
