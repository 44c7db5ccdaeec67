-- What was used, summed up by hour (UTC, of the call's own time), for charts over weeks and months in any time zone and by
-- provider, and with how long calls took. As in 0010 a job adds receipts once each, in the order of their postings, and
-- whoever asks adds those behind `usage_hours_summed.posting` himself.

-- Which of 3,200 lengths a time belongs to, as two bytes: exact below 256 ms, then each 1/128 long or shorter, so that a
-- percentile is within 0.4 %. Lengths of many calls are kept one behind the other.
create function usage_length(ms integer) returns bytea language sql immutable strict parallel safe
return int2send((
  case when ms < 256 then greatest(ms, 0)
  else 128 * width_bucket(ms, '{256,512,1024,2048,4096,8192,16384,32768,65536,131072,262144,524288,1048576,2097152,4194304,8388608,16777216,33554432,67108864,134217728,268435456,536870912,1073741824}'::integer[])
    + (ms >> width_bucket(ms, '{256,512,1024,2048,4096,8192,16384,32768,65536,131072,262144,524288,1048576,2097152,4194304,8388608,16777216,33554432,67108864,134217728,268435456,536870912,1073741824}'::integer[]))
  end)::smallint);

-- Of an account, all keys together: what most charts ask for.
create table usage_hour (
  account_id uuid not null,
  hour timestamptz not null,
  model_id text not null,
  -- Empty where no provider was asked.
  provider text not null,
  status smallint not null,
  calls bigint not null,
  charged bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  audio_input bigint not null,
  output bigint not null,
  reasoning bigint not null,
  audio_output bigint not null,
  duration_ms bigint not null,
  -- How long each call took, and each first byte, as `usage_length` has it.
  durations bytea not null,
  first_bytes bytea not null,
  primary key (account_id, hour, model_id, provider, status)
) with (fillfactor = 80);

-- The same of each key.
create table usage_hour_key (
  key_id uuid not null,
  account_id uuid not null,
  hour timestamptz not null,
  model_id text not null,
  provider text not null,
  status smallint not null,
  calls bigint not null,
  charged bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  audio_input bigint not null,
  output bigint not null,
  reasoning bigint not null,
  audio_output bigint not null,
  duration_ms bigint not null,
  durations bytea not null,
  first_bytes bytea not null,
  primary key (key_id, hour, model_id, provider, status)
) with (fillfactor = 80);
create index usage_hour_key_of_account on usage_hour_key (account_id, hour);

-- Of each key by day (the moment in UTC at which it begins): a key has few calls in an hour, so months of hours are too many.
create table usage_day_key (
  key_id uuid not null,
  account_id uuid not null,
  day timestamptz not null,
  model_id text not null,
  provider text not null,
  status smallint not null,
  calls bigint not null,
  charged bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  audio_input bigint not null,
  output bigint not null,
  reasoning bigint not null,
  audio_output bigint not null,
  duration_ms bigint not null,
  durations bytea not null,
  first_bytes bytea not null,
  primary key (key_id, day, model_id, provider, status)
) with (fillfactor = 80);
create index usage_day_key_of_account on usage_day_key (account_id, day);

-- And of all accounts together, for the operator.
create table usage_hour_total (
  hour timestamptz not null,
  model_id text not null,
  provider text not null,
  status smallint not null,
  calls bigint not null,
  charged bigint not null,
  input bigint not null,
  cached_input bigint not null,
  cache_write bigint not null,
  audio_input bigint not null,
  output bigint not null,
  reasoning bigint not null,
  audio_output bigint not null,
  duration_ms bigint not null,
  durations bytea not null,
  first_bytes bytea not null,
  primary key (hour, model_id, provider, status)
) with (fillfactor = 80);

-- What an account was charged, by the hour in which it was charged: the charges of a statement.
create table charged_hour (
  account_id uuid not null,
  hour timestamptz not null,
  calls bigint not null,
  charged bigint not null,
  -- The last movement among them.
  last_sequence bigint not null,
  primary key (account_id, hour)
) with (fillfactor = 80);

create table usage_hours_summed (
  only_row boolean primary key default true check (only_row),
  -- Receipts up to this posting are in the sums.
  posting bigint not null
);
insert into usage_hours_summed (posting) values (0);

-- Adds the receipts up to a certain posting, at most `p_most` postings; returns how many. One at a time does it.
create function usage_sum_hours(p_certain bigint, p_most bigint) returns bigint language plpgsql as $$
declare
  v_from bigint;
  v_until bigint;
begin
  select posting into v_from from usage_hours_summed for no key update skip locked;
  if not found or v_from >= p_certain then
    return 0;
  end if;
  v_until := least(p_certain, v_from + p_most);
  with by_key as materialized (
    select key_id, account_id, date_trunc('hour', at, 'UTC') as hour, model_id, coalesce(provider, '') as provider, status,
      count(*) as calls, sum(charged)::bigint as charged, sum(input)::bigint as input,
      sum(cached_input)::bigint as cached_input, sum(cache_write)::bigint as cache_write,
      coalesce(sum((other_units ->> 'audio_input')::numeric), 0)::bigint as audio_input,
      sum(output)::bigint as output, sum(reasoning)::bigint as reasoning,
      coalesce(sum((other_units ->> 'audio_output')::numeric), 0)::bigint as audio_output,
      sum(duration_ms)::bigint as duration_ms,
      string_agg(usage_length(duration_ms), ''::bytea) as durations,
      coalesce(string_agg(usage_length(first_byte_ms), ''::bytea), '') as first_bytes
    from charge where posting > v_from and posting <= v_until
    group by 1, 2, 3, 4, 5, 6
  ),
  by_account as materialized (
    select account_id, hour, model_id, provider, status, sum(calls)::bigint as calls, sum(charged)::bigint as charged,
      sum(input)::bigint as input, sum(cached_input)::bigint as cached_input, sum(cache_write)::bigint as cache_write,
      sum(audio_input)::bigint as audio_input, sum(output)::bigint as output, sum(reasoning)::bigint as reasoning,
      sum(audio_output)::bigint as audio_output, sum(duration_ms)::bigint as duration_ms,
      string_agg(durations, ''::bytea) as durations, string_agg(first_bytes, ''::bytea) as first_bytes
    from by_key group by 1, 2, 3, 4, 5
  ),
  keys as (
    insert into usage_hour_key as known select * from by_key
    on conflict (key_id, hour, model_id, provider, status) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      input = known.input + excluded.input, cached_input = known.cached_input + excluded.cached_input,
      cache_write = known.cache_write + excluded.cache_write, audio_input = known.audio_input + excluded.audio_input,
      output = known.output + excluded.output, reasoning = known.reasoning + excluded.reasoning,
      audio_output = known.audio_output + excluded.audio_output, duration_ms = known.duration_ms + excluded.duration_ms,
      durations = known.durations || excluded.durations, first_bytes = known.first_bytes || excluded.first_bytes
  ),
  days as (
    insert into usage_day_key as known
    select key_id, account_id, date_trunc('day', hour, 'UTC'), model_id, provider, status, sum(calls), sum(charged), sum(input),
      sum(cached_input), sum(cache_write), sum(audio_input), sum(output), sum(reasoning), sum(audio_output), sum(duration_ms),
      string_agg(durations, ''::bytea), string_agg(first_bytes, ''::bytea)
    from by_key group by 1, 2, 3, 4, 5, 6
    on conflict (key_id, day, model_id, provider, status) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      input = known.input + excluded.input, cached_input = known.cached_input + excluded.cached_input,
      cache_write = known.cache_write + excluded.cache_write, audio_input = known.audio_input + excluded.audio_input,
      output = known.output + excluded.output, reasoning = known.reasoning + excluded.reasoning,
      audio_output = known.audio_output + excluded.audio_output, duration_ms = known.duration_ms + excluded.duration_ms,
      durations = known.durations || excluded.durations, first_bytes = known.first_bytes || excluded.first_bytes
  ),
  accounts as (
    insert into usage_hour as known select * from by_account
    on conflict (account_id, hour, model_id, provider, status) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      input = known.input + excluded.input, cached_input = known.cached_input + excluded.cached_input,
      cache_write = known.cache_write + excluded.cache_write, audio_input = known.audio_input + excluded.audio_input,
      output = known.output + excluded.output, reasoning = known.reasoning + excluded.reasoning,
      audio_output = known.audio_output + excluded.audio_output, duration_ms = known.duration_ms + excluded.duration_ms,
      durations = known.durations || excluded.durations, first_bytes = known.first_bytes || excluded.first_bytes
  ),
  totals as (
    insert into usage_hour_total as known
    select hour, model_id, provider, status, sum(calls), sum(charged), sum(input), sum(cached_input), sum(cache_write),
      sum(audio_input), sum(output), sum(reasoning), sum(audio_output), sum(duration_ms),
      string_agg(durations, ''::bytea), string_agg(first_bytes, ''::bytea)
    from by_account group by 1, 2, 3, 4
    on conflict (hour, model_id, provider, status) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      input = known.input + excluded.input, cached_input = known.cached_input + excluded.cached_input,
      cache_write = known.cache_write + excluded.cache_write, audio_input = known.audio_input + excluded.audio_input,
      output = known.output + excluded.output, reasoning = known.reasoning + excluded.reasoning,
      audio_output = known.audio_output + excluded.audio_output, duration_ms = known.duration_ms + excluded.duration_ms,
      durations = known.durations || excluded.durations, first_bytes = known.first_bytes || excluded.first_bytes
  ),
  charges as (
    insert into charged_hour as known
    select account_id, date_trunc('hour', settled_at, 'UTC'), count(*), sum(charged), max(sequence)
    from charge where posting > v_from and posting <= v_until and sequence is not null
    group by 1, 2
    on conflict (account_id, hour) do update
    set calls = known.calls + excluded.calls, charged = known.charged + excluded.charged,
      last_sequence = greatest(known.last_sequence, excluded.last_sequence)
  )
  update usage_hours_summed set posting = v_until;
  return v_until - v_from;
end $$;
