-- Payments in crypto: how far each chain was read, what was found there, what was asked for and what is sent back.
-- Hashes and addresses are lower-case hexadecimal text with 0x; the token of a chain's own coin is 'native'. Amounts of
-- tokens are in their smallest unit.

-- Up to which block the payments of a chain are known. Whoever moves it locks it; the lease only spares double work.
create table chain_cursor (
  chain_id bigint primary key,
  number bigint not null,
  hash text not null,
  -- The newest block that was seen.
  head bigint not null,
  checked_at timestamptz not null,
  leased_by uuid,
  leased_until timestamptz,
  -- Why it does not move, where it does not.
  problem text,
  problem_since timestamptz,
  -- How the nodes of the chain fared at the last look.
  nodes jsonb not null default '[]'
);

-- The newest blocks up to the cursor, so that the last one that two chains share can be found.
create table chain_block (
  chain_id bigint not null,
  number bigint not null,
  hash text not null,
  primary key (chain_id, number)
);

-- What the operator signed: the price of an order, frozen.
create table chain_quote (
  order_id uuid primary key references payment_order (id),
  chain_id bigint not null,
  -- What the checkout contract knows the order by.
  order_key text not null unique,
  token text not null,
  token_amount numeric(78, 0) not null check (token_amount > 0),
  usd bigint not null check (usd > 0),
  deadline timestamptz not null,
  created_at timestamptz not null
);

-- Where an account may send to. Whatever arrives there is the account's.
create table chain_deposit_address (
  chain_id bigint not null,
  address text not null,
  account_id uuid not null references account (id),
  salt text not null,
  created_at timestamptz not null,
  -- When somebody last looked at it: its own coin is then asked for often.
  asked_at timestamptz not null,
  -- When its own coin was last asked for.
  polled_at timestamptz,
  primary key (chain_id, address),
  unique (chain_id, account_id)
);

-- Money that came, once for each log of a transaction (`place`: its hash and the number of the log in it, which stay when
-- it is mined again), or, of a chain's own coin at a deposit address, for each time that more of it was there.
create table chain_payment (
  id uuid primary key,
  chain_id bigint not null,
  place text not null,
  tx_hash text,
  kind text not null check (kind in ('quote', 'deposit', 'x402')),
  account_id uuid not null references account (id),
  order_id uuid references payment_order (id),
  -- Where it was sent to.
  address text not null,
  token text not null,
  amount numeric(78, 0) not null check (amount > 0),
  payer text,
  -- Worth in nano-USD, where it was agreed; else it follows from the price when it is credited.
  worth bigint,
  block_number bigint not null,
  block_hash text not null,
  mined_at timestamptz not null,
  -- found: in a block, not deep enough or not creditable yet; credited: its order was told; orphaned: credited, but its
  -- block is gone, and it may turn up in another; lost: in no block.
  state text not null check (state in ('found', 'credited', 'orphaned', 'lost')),
  -- Why it waits, where it does.
  waits_for text,
  -- How often its order was told that it came, and of how much that it came and that it was undone.
  times integer not null default 0,
  received bigint not null default 0,
  reversed bigint not null default 0 check (reversed <= received),
  unique (chain_id, place)
);
create index chain_payment_open on chain_payment (chain_id, block_number) where state in ('found', 'orphaned');
create index chain_payment_order on chain_payment (order_id);
create index chain_payment_address on chain_payment (chain_id, address, token);
create index chain_payment_block on chain_payment (chain_id, block_number);

-- What came into the treasury, left it, or was swept to it from a deposit address (`party`). For reconciliation, for
-- refunds, and to know what of an address's balance was there before.
create table chain_movement (
  chain_id bigint not null,
  place text not null,
  kind text not null check (kind in ('in', 'out', 'swept')),
  token text not null,
  party text not null,
  amount numeric(78, 0) not null,
  tx_hash text not null,
  block_number bigint not null,
  primary key (chain_id, place, kind)
);
create index chain_movement_block on chain_movement (chain_id, block_number);
create index chain_movement_party on chain_movement (chain_id, kind, party, token);

-- What the operator has to send back. pending: not sent; sent: seen, not deep enough; final; cancelled: its credits were
-- given back.
create table chain_refund (
  id uuid primary key,
  order_id uuid not null references payment_order (id),
  chain_id bigint not null,
  token text not null,
  token_amount numeric(78, 0) not null check (token_amount > 0),
  to_address text not null,
  amount bigint not null check (amount > 0),
  state text not null check (state in ('pending', 'sent', 'final', 'cancelled')),
  tx_hash text,
  -- The movement that it is; each is one refund.
  place text,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  unique (chain_id, place)
);
create index chain_refund_open on chain_refund (chain_id, id) where state in ('pending', 'sent');
create index chain_refund_of on chain_refund (order_id);

-- What agents authorised without an account (x402). The row is there before anything is done for it, so that one
-- authorization is never served twice; it is never taken away.
create table x402_payment (
  chain_id bigint not null,
  token text not null,
  payer text not null,
  nonce text not null,
  order_id uuid not null unique references payment_order (id),
  amount numeric(78, 0) not null check (amount > 0),
  authorization_sealed text not null,
  valid_before timestamptz not null,
  state text not null check (state in ('reserved', 'sent', 'settled', 'failed')),
  tx_hash text,
  -- Hash of a secret that its payer chose: whoever knows it may ask again for the key.
  claim_hash text,
  key_id uuid,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (chain_id, token, payer, nonce)
);
create index x402_payment_key on x402_payment (key_id);
create index x402_payment_open on x402_payment (chain_id, created_at) where state in ('reserved', 'sent');
