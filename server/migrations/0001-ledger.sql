-- The ledger: what everyone has, what is held, and every movement there ever was. Amounts are integer nano-USD.
-- Double entry: each movement debits one account and credits another by the same amount, so both sums are always equal.
-- Only the functions of 0002-ledger-functions.sql move money; nothing else writes these tables.

-- A customer's balance, or a platform account (which has a code). A call never updates a platform account: its batch
-- appends to `ledger_delta`, which a job folds in later, so that strangers never wait for each other's row.
create table ledger_account (
  id uuid primary key,
  code text unique,
  kind text not null check (kind in ('customer', 'platform')),
  credits_posted bigint not null default 0 check (credits_posted >= 0),
  debits_posted bigint not null default 0 check (debits_posted >= 0),
  -- The sum of the open holds.
  debits_pending bigint not null default 0 check (debits_pending >= 0),
  -- The sequence of the last movement.
  version bigint not null default 0,
  -- A frozen account starts no call; those that run are finished and charged.
  frozen boolean not null default false,
  created_at timestamptz not null default now(),
  check ((kind = 'platform') = (code is not null)),
  constraint never_overdrawn check (kind = 'platform' or credits_posted - debits_posted - debits_pending >= 0)
) with (fillfactor = 50, autovacuum_vacuum_cost_delay = 0);

insert into ledger_account (id, code, kind) values
  ('00000000-0000-7000-8000-000000000001', 'revenue', 'platform'),
  ('00000000-0000-7000-8000-000000000002', 'provider-cost', 'platform'),
  ('00000000-0000-7000-8000-000000000003', 'promo', 'platform'),
  ('00000000-0000-7000-8000-000000000004', 'shortfall', 'platform'),
  ('00000000-0000-7000-8000-000000000005', 'expired', 'platform'),
  ('00000000-0000-7000-8000-000000000006', 'clearing:stripe', 'platform'),
  ('00000000-0000-7000-8000-000000000007', 'clearing:chain', 'platform');

create table ledger_delta (
  id bigint generated always as identity primary key,
  code text not null,
  debits bigint not null default 0 check (debits >= 0),
  credits bigint not null default 0 check (credits >= 0),
  at timestamptz not null
);

-- What a key may spend and what it has spent. The window_* figures count the calls whose `counted_at` lies in the window
-- that began at `window_start` ('-infinity' for the window `total`); whoever locks the row moves it to the window of now.
-- No check says "spent + held <= limit": a limit may be lowered below what is used, which only stops new holds.
create table key_budget (
  key_id uuid primary key,
  account_id uuid not null references ledger_account (id),
  limit_nano bigint check (limit_nano >= 0),
  limit_window text not null check (limit_window in ('total', 'day', 'week', 'month')),
  call_cap bigint check (call_cap >= 0),
  total_spent bigint not null default 0 check (total_spent >= 0),
  total_held bigint not null default 0 check (total_held >= 0),
  window_start timestamptz not null,
  window_spent bigint not null default 0 check (window_spent >= 0),
  window_held bigint not null default 0 check (window_held >= 0),
  -- The limit was set below what the window had used already, so it may stay exceeded until the window ends.
  lowered boolean not null default false
) with (fillfactor = 50, autovacuum_vacuum_cost_delay = 0);

-- Credits reserved for a call that runs. The primary key is the only index: the table is as small as the calls under
-- way, and every other index would be paid for by every call.
create table hold (
  call_id uuid primary key,
  account_id uuid not null,
  key_id uuid not null,
  amount bigint not null check (amount >= 0),
  -- As first asked for, to tell a replay from another call under the same id.
  asked_min bigint not null,
  asked_wanted bigint not null,
  process_id uuid not null,
  held_at timestamptz not null,
  -- The moment whose window pays: `held_at`, unless a growth in a later window moved the call there.
  counted_at timestamptz not null,
  window_start timestamptz not null,
  expires_at timestamptz not null,
  context jsonb not null,
  checkpoint_cost bigint not null default 0 check (checkpoint_cost >= 0),
  checkpoint jsonb
) with (fillfactor = 70, autovacuum_vacuum_cost_delay = 0, autovacuum_vacuum_scale_factor = 0.05);

-- The receipt of a call, whatever it cost; written once, by the transaction that resolves the hold. It is also the proof
-- that the call id was used, so it outlives the hold. `at` is the time inside the id, which makes the id unique over all
-- partitions.
create sequence charge_posting;
create table charge (
  call_id uuid not null,
  at timestamptz not null,
  -- Counts the receipts as they are written: whoever has summed up to a number goes on behind it, whatever the clocks did.
  posting bigint not null default nextval('charge_posting'),
  counted_at timestamptz not null,
  settled_at timestamptz not null,
  account_id uuid not null,
  key_id uuid not null,
  offer_id uuid,
  -- Counts the movements of the account without gaps; a call that cost nothing is no movement.
  sequence bigint,
  balance_after bigint not null check (balance_after >= 0),
  held bigint not null check (held >= 0),
  charged bigint not null check (charged >= 0 and charged <= held),
  shortfall bigint not null check (shortfall >= 0),
  provider_amount bigint not null check (provider_amount >= 0),
  input bigint not null default 0,
  cached_input bigint not null default 0,
  cache_write bigint not null default 0,
  output bigint not null default 0,
  reasoning bigint not null default 0,
  prompt_bytes integer not null,
  first_byte_ms integer,
  duration_ms integer not null,
  status smallint not null,
  state text not null check (state in ('ok', 'aborted', 'failed', 'interrupted')),
  usage_source text not null check (usage_source in ('provider', 'counted', 'none')),
  model_id text not null,
  provider text,
  -- Units of the rarer classes.
  other_units jsonb,
  detail jsonb not null,
  primary key (call_id, at),
  constraint parts_sum check (provider_amount <= charged + shortfall),
  check ((charged > 0) = (sequence is not null))
) partition by range (at);

-- The predicate excludes nothing. It keeps the index from being searched, whole, by the id of a call alone, which looks as
-- cheap as the primary key as long as a week is believed to be empty.
create index charge_account on charge (account_id, call_id) where account_id is not null;
create index charge_statement on charge (account_id, sequence) where sequence is not null;
create index charge_key on charge (key_id, counted_at);
create index charge_at on charge using brin (at);
create index charge_posting_of on charge using brin (posting) with (pages_per_range = 32, autosummarize = on);
create table charge_default partition of charge default;

-- Every other movement: grants, top-ups, expiry, corrections. One side is a customer, the other a platform account.
create table transfer (
  id uuid primary key,
  kind text not null,
  reference text not null,
  debit_account uuid not null references ledger_account (id),
  credit_account uuid not null references ledger_account (id),
  amount bigint not null check (amount > 0),
  -- The transfer that a correction takes back, or the one whose rest expired.
  reverses_id uuid references transfer (id),
  account_id uuid not null references ledger_account (id),
  sequence bigint not null,
  balance_after bigint not null check (balance_after >= 0),
  note text,
  created_at timestamptz not null,
  unique (kind, reference),
  unique (account_id, sequence),
  check (debit_account <> credit_account),
  check (account_id in (debit_account, credit_account))
);
create index transfer_reverses on transfer (reverses_id) where reverses_id is not null;

-- Credits that came in by one transfer. What is left of them is derived from the movements; nothing here counts down.
create table lot (
  transfer_id uuid primary key references transfer (id),
  account_id uuid not null references ledger_account (id),
  kind text not null check (kind in ('purchased', 'granted', 'earned')),
  amount bigint not null check (amount > 0),
  held_until timestamptz,
  expires_at timestamptz,
  refundable boolean not null,
  -- Set once nothing is left to expire.
  closed_at timestamptz
);
create index lot_account on lot (account_id);
create index lot_expiry on lot (expires_at) where expires_at is not null and closed_at is null;

-- A gateway process: what it holds is settled by a sibling once it is known to be gone.
create table gateway_process (
  id uuid primary key,
  host text not null,
  pid integer not null,
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  fenced_at timestamptz
);

create function ledger_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never changed: post a correction', tg_table_name using errcode = 'restrict_violation';
end $$;

create trigger charge_immutable before update or delete on charge for each row execute function ledger_refuse_change();
create trigger transfer_immutable before update or delete on transfer for each row execute function ledger_refuse_change();
create trigger transfer_kept before truncate on transfer execute function ledger_refuse_change();
create trigger charge_kept before truncate on charge execute function ledger_refuse_change();
