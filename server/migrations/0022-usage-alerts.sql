-- Of how much use in a span of time an account wants to be told.
create table usage_alert (
  id uuid primary key,
  account_id uuid not null references account (id),
  metric text not null check (metric in ('spend', 'calls', 'errors')),
  -- Calendar spans, in UTC.
  span text not null check (span in ('hour', 'day', 'month')),
  -- Nano-USD of spend, or a number of calls.
  threshold bigint not null check (threshold > 0),
  -- Null: of all keys, of all models.
  key_id uuid,
  model_id text,
  created_at timestamptz not null
);
create index usage_alert_account on usage_alert (account_id, id);
