-- What can be called, through whom and at what price. Rows are never removed: what is deleted keeps its row, so that
-- receipts stay readable and the seed does not bring back what the operator took away.

-- One row, raised by every change, so that a gateway can ask cheaply whether its reading is still right.
create table catalog_version (
  only_row boolean primary key default true check (only_row),
  version bigint not null
);
insert into catalog_version (version) values (1);

create table provider (
  id uuid primary key,
  name text not null unique check (name ~ '^[a-z0-9][a-z0-9._-]{0,63}$'),
  dialect text not null check (length(dialect) between 1 and 64),
  base_url text not null,
  api_key_sealed text,
  allow_private boolean not null default false,
  source text not null check (source in ('built-in', 'environment', 'operator')),
  -- The operator's switch.
  disabled boolean not null default false,
  -- Whether the last start still found it in the environment; always true for the operator's own.
  available boolean not null default true,
  created_at timestamptz not null,
  deleted_at timestamptz
);

create table model (
  id text primary key check (id ~ '^[a-z0-9][a-z0-9._:@/-]{0,199}$'),
  name text not null check (length(name) between 1 and 200),
  description text not null default '',
  context_length integer check (context_length > 0),
  output_tokens_max integer check (output_tokens_max > 0),
  input_modalities text[] not null,
  output_modalities text[] not null,
  supported_parameters text[] not null default '{}',
  disabled boolean not null default false,
  source text not null check (source in ('seed', 'operator')),
  -- Set once the operator changed it: from then on the seed leaves it alone.
  edited_at timestamptz,
  created_at timestamptz not null,
  deleted_at timestamptz
);

create table model_alias (
  alias text primary key check (alias ~ '^[a-z0-9][a-z0-9._:@/-]{0,199}$'),
  model_id text not null references model (id)
);
create index model_alias_of_model on model_alias (model_id);

create table offer (
  id uuid primary key,
  model_id text not null references model (id),
  provider_id uuid not null references provider (id),
  upstream_model text not null check (length(upstream_model) between 1 and 300),
  provider_share_bps integer not null check (provider_share_bps between 0 and 10000),
  capabilities jsonb not null default '{}',
  disabled boolean not null default false,
  -- Whether the upstream still lists the model, where that is known.
  available boolean not null default true,
  source text not null check (source in ('seed', 'operator')),
  edited_at timestamptz,
  created_at timestamptz not null,
  deleted_at timestamptz,
  unique (model_id, provider_id, upstream_model)
);
create index offer_of_provider on offer (provider_id);

create table price (
  id uuid primary key,
  model_id text not null references model (id),
  -- Set when it is the price of one offer only.
  offer_id uuid references offer (id),
  class text not null check (class in (
    'input', 'cached_input', 'cache_write', 'output', 'reasoning', 'image', 'audio_input', 'audio_output', 'request')),
  nano_per_million bigint not null check (nano_per_million >= 0),
  valid_from timestamptz not null,
  -- 'operator', or the price list and its date. The operator's word goes before any list.
  source text not null check (length(source) between 1 and 300),
  created_at timestamptz not null,
  unique nulls not distinct (model_id, offer_id, class, valid_from)
);

create function refuse_price_change() returns trigger language plpgsql as $$
begin
  raise exception 'prices are immutable: a new price is a new row with a later valid_from';
end $$;

create trigger price_is_immutable before update or delete or truncate on price
  for each statement execute function refuse_price_change();

create function tell_catalog_changed() returns trigger language plpgsql as $$
begin
  update catalog_version set version = version + 1;
  perform pg_notify('redpill_catalog', '');
  return null;
end $$;

create trigger provider_changed after insert or update or delete on provider
  for each statement execute function tell_catalog_changed();
create trigger model_changed after insert or update or delete on model
  for each statement execute function tell_catalog_changed();
create trigger model_alias_changed after insert or update or delete on model_alias
  for each statement execute function tell_catalog_changed();
create trigger offer_changed after insert or update or delete on offer
  for each statement execute function tell_catalog_changed();
create trigger price_changed after insert on price
  for each statement execute function tell_catalog_changed();
