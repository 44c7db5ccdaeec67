-- What a POST with an Idempotency-Key answered, so that its repetition is answered alike and done once. A row is written
-- in the transaction that does the work: there is none without the work done, and no work done without it.
create table idempotency (
  -- Whose request, and to which path: '<account id> POST /api/v1/keys'.
  scope text not null,
  key text not null,
  -- SHA-256 of the request; another request under the same key is a conflict.
  request_hash bytea not null check (octet_length(request_hash) = 32),
  status smallint not null,
  -- Sealed, for it may hold a secret that is stored nowhere else.
  sealed_body text not null,
  created_at timestamptz not null,
  primary key (scope, key)
);

create index idempotency_created_at on idempotency (created_at);
