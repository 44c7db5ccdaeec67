-- Which answers of a key's calls are kept. Null: those that a request asks for itself, or that the server is set to keep.
alter table api_key
  -- Its calls use the response cache, for so long, unless a request says otherwise.
  add column cache_seconds integer check (cache_seconds between 1 and 86400),
  -- Whether answers under an Idempotency-Key are stored for repetitions to come.
  add column store_answers boolean;
