-- What was used, summed up by day (UTC, of the call's own time), so that nobody reads millions of receipts for a month. A
-- job adds receipts once each, in the order of their postings; whoever asks adds those behind `usage_summed.posting`
-- himself. So the sums are the ledger's at every moment.

create table usage_day (
  account_id uuid not null,
  day date not null,
  key_id uuid not null,
  model_id text not null,
  status smallint not null,
  calls bigint not null,
  charged bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  output bigint not null,
  reasoning bigint not null,
  image bigint not null,
  audio_input bigint not null,
  audio_output bigint not null,
  request bigint not null,
  primary key (account_id, day, key_id, model_id, status)
);
create index usage_day_of_key on usage_day (key_id, day);

-- The same of all accounts together, for the operator.
create table usage_day_total (
  day date not null,
  model_id text not null,
  status smallint not null,
  calls bigint not null,
  charged bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  output bigint not null,
  reasoning bigint not null,
  image bigint not null,
  audio_input bigint not null,
  audio_output bigint not null,
  request bigint not null,
  primary key (day, model_id, status)
);

create table usage_summed (
  only_row boolean primary key default true check (only_row),
  -- Receipts up to this posting are in the sums.
  posting bigint not null
);
insert into usage_summed (posting) values (0);

-- The last posting that is certain: receipts up to it are all committed, or never will be. Waits a moment for those that are
-- being written; null when they take longer.
create function usage_certain_posting() returns bigint language plpgsql set lock_timeout = '100ms' as $$
begin
  perform pg_advisory_xact_lock(ledger_postings_lock());
  return (select case when is_called then last_value else 0 end from charge_posting);
exception
  when lock_not_available then return null;
end $$;

-- Adds the receipts up to a certain posting, at most `p_most` postings; returns how many. One at a time does it.
create function usage_sum_up(p_certain bigint, p_most bigint) returns bigint language plpgsql as $$
declare
  v_from bigint;
  v_until bigint;
begin
  select posting into v_from from usage_summed for no key update skip locked;
  if not found or v_from >= p_certain then
    return 0;
  end if;
  v_until := least(p_certain, v_from + p_most);
  with summed as materialized (
    select account_id, (at at time zone 'UTC')::date as day, key_id, model_id, status, count(*) as calls,
      sum(charged)::bigint as charged, sum(input)::bigint as input, sum(cached_input)::bigint as cached_input,
      sum(cache_write)::bigint as cache_write, sum(output)::bigint as output, sum(reasoning)::bigint as reasoning,
      coalesce(sum((other_units ->> 'image')::numeric), 0)::bigint as image,
      coalesce(sum((other_units ->> 'audio_input')::numeric), 0)::bigint as audio_input,
      coalesce(sum((other_units ->> 'audio_output')::numeric), 0)::bigint as audio_output,
      coalesce(sum((other_units ->> 'request')::numeric), 0)::bigint as request
    from charge where posting > v_from and posting <= v_until
    group by 1, 2, 3, 4, 5
  ),
  days as (
    insert into usage_day as known select * from summed
    on conflict (account_id, day, key_id, model_id, status) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      input = known.input + excluded.input, cached_input = known.cached_input + excluded.cached_input,
      cache_write = known.cache_write + excluded.cache_write, output = known.output + excluded.output,
      reasoning = known.reasoning + excluded.reasoning, image = known.image + excluded.image,
      audio_input = known.audio_input + excluded.audio_input, audio_output = known.audio_output + excluded.audio_output,
      request = known.request + excluded.request
  ),
  totals as (
    insert into usage_day_total as known
    select day, model_id, status, sum(calls), sum(charged), sum(input), sum(cached_input), sum(cache_write), sum(output),
      sum(reasoning), sum(image), sum(audio_input), sum(audio_output), sum(request)
    from summed group by day, model_id, status
    on conflict (day, model_id, status) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      input = known.input + excluded.input, cached_input = known.cached_input + excluded.cached_input,
      cache_write = known.cache_write + excluded.cache_write, output = known.output + excluded.output,
      reasoning = known.reasoning + excluded.reasoning, image = known.image + excluded.image,
      audio_input = known.audio_input + excluded.audio_input, audio_output = known.audio_output + excluded.audio_output,
      request = known.request + excluded.request
  )
  update usage_summed set posting = v_until;
  return v_until - v_from;
end $$;
