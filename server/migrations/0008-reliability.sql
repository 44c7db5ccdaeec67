-- Idempotency-Key on calls of models. A row is the claim of a key by one call, made before the call takes its hold: of
-- equal requests at once, at any process, the one whose row it is runs. Whether that call has run and what it cost is on
-- the ledger alone; the row only names it.
create table idempotent_call (
  account_id uuid not null,
  key text not null,
  -- SHA-256 of the API and the body; another request under the same key is a conflict.
  request_hash bytea not null check (octet_length(request_hash) = 32),
  call_id uuid not null,
  -- Who makes the call. A claim whose process is gone before the call has its hold may be taken over.
  process_id uuid not null,
  claimed_at timestamptz not null,
  -- The call has its hold: the claim cannot be taken over any more, unless the call ends without a charge.
  held boolean not null default false,
  -- Somebody at another process waits for the answer.
  awaited boolean not null default false,
  ended_at timestamptz,
  -- It ended without an answer and without a charge, so the same request may run again.
  retryable boolean not null default false,
  -- The answer, where it is stored, or handed over to another process: not readable without the server's secret.
  sealed_answer text,
  answer_until timestamptz,
  primary key (account_id, key)
);

create index idempotent_call_claimed_at on idempotent_call (claimed_at);
create index idempotent_call_answer_until on idempotent_call (answer_until) where answer_until is not null;

-- Whole answers that their callers asked to have kept for a while, for equal requests of the same account.
create table cached_answer (
  -- SHA-256 of the account, what its key may reach, the API, the model and the whole request.
  key bytea primary key check (octet_length(key) = 32),
  -- The call that gave it.
  call_id uuid not null,
  -- Not readable without the server's secret.
  sealed_answer text not null,
  stored_at timestamptz not null,
  expires_at timestamptz not null
);

create index cached_answer_expires_at on cached_answer (expires_at);

-- Calls that were charged for a whole answer whose last byte their caller did not take. Receipts are written before that
-- byte leaves and never changed, so this is told beside them.
create table undelivered_call (
  call_id uuid primary key,
  noted_at timestamptz not null
);
