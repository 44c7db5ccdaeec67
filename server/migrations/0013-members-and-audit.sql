-- Who is asked to join an account, who changed what, and how people and accounts leave.

-- One open question to whoever holds its link; ends by being accepted, revoked, or by time.
create table invitation (
  id uuid primary key,
  account_id uuid not null references account (id),
  email text not null check (length(email) between 3 and 254),
  role text not null check (role in ('owner', 'admin', 'developer', 'billing', 'viewer')),
  -- Keyed hash of the link's secret, which is told once and stored nowhere.
  token_hmac bytea not null unique check (octet_length(token_hmac) = 32),
  -- Null: by a key of the operator.
  invited_by uuid references person (id),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  accepted_by uuid references person (id),
  revoked_at timestamptz
);

create index invitation_of_account on invitation (account_id, id);

-- Every change that a person, a key or the server itself made, in the transaction that made it. No names of people: those
-- are looked up by id, so that whoever leaves is nameless in what was written before.
create table audit (
  id uuid primary key,
  at timestamptz not null,
  actor text not null check (actor in ('person', 'key', 'system')),
  actor_id uuid,
  -- The account that the actor acted for; another than `account_id` where the operator changed something of a customer.
  actor_account_id uuid,
  address text,
  request_id text,
  -- The operation of the API, or what the server did by itself.
  action text not null,
  target text not null,
  target_id text,
  -- Whose it is; null of people who act for no account.
  account_id uuid,
  -- What of the target differs, and no field that is not on the list of its kind.
  before jsonb,
  after jsonb,
  check ((actor = 'system') = (actor_id is null))
);

create index audit_of_account on audit (account_id, id);
create index audit_of_actor on audit (actor_id, id);
create index audit_of_target on audit (target_id, id);

create function audit_refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'the audit log is only ever added to' using errcode = 'restrict_violation';
end $$;

create trigger audit_immutable before update or delete on audit for each row execute function audit_refuse_change();
create trigger audit_kept before truncate on audit execute function audit_refuse_change();

-- A deleted account keeps its row, for its ledger and its history; a deleted person for what they did. Neither comes back.
alter table account add column deleted_at timestamptz;
alter table person add column deleted_at timestamptz;

-- Accounts whose credits are given up. What open calls hold follows when they end; then the row is closed.
create table forfeiture (
  account_id uuid primary key references ledger_account (id),
  asked_at timestamptz not null,
  closed_at timestamptz
);

create index forfeiture_open on forfeiture (account_id) where closed_at is null;
