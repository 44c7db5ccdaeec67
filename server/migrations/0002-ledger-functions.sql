-- The functions that move money. `ledger_apply` takes a whole batch in one call: it locks keys in ascending order, then
-- accounts in ascending order, and works on sets. Whoever else moves money locks in the same order, so nobody deadlocks.
--
-- Plans are cached per session and must not depend on how small the tables were when they were made. So these functions
-- forbid the plans that are quick on small tables only, and every join to a table takes all columns of a unique key from
-- a materialized list of operations. Plain index scans are among the forbidden: of a table that was empty when it was last
-- vacuumed they read the whole index, and `hold` is empty whenever nobody calls. A bitmap scan never goes without its key.
-- The compiler for long queries (jit) would be asked for by the forbidden plans' cost.

create type ledger_reserve_op as (
  n integer, call_id uuid, account_id uuid, key_id uuid, amount_min bigint, amount_wanted bigint,
  expires_at timestamptz, context jsonb
);
create type ledger_grow_op as (n integer, call_id uuid, amount_wanted bigint, expires_at timestamptz);
create type ledger_settle_op as (
  n integer, call_id uuid, cost bigint, provider_amount bigint, state text, status smallint,
  model_id text, provider text, offer_id uuid,
  input bigint, cached_input bigint, cache_write bigint, output bigint, reasoning bigint, other_units jsonb,
  usage_source text, prompt_bytes integer, first_byte_ms integer, duration_ms integer, detail jsonb
);
create type ledger_checkpoint_op as (call_id uuid, cost bigint, progress jsonb);

-- What became of operation `n`. `outcome` says how to read the rest:
--   held       amount = what is held now
--   account, key, call   which limit stopped it. A reserve: amount = available there, other = held by others there.
--              A growth: amount = what is held now
--   settled    amount = charged, other = shortfall, balance = posted balance after it
--   replayed   amount = charged, other = shortfall, as they were settled first
--   frozen, unknown, conflict, skewed
create type ledger_result as (n integer, outcome text, amount bigint, other bigint, balance bigint);

-- The time inside a UUID of version 7.
create function ledger_call_time(call_id uuid) returns timestamptz language sql immutable strict parallel safe
return to_timestamp(('x' || encode(substring(uuid_send(call_id) for 6), 'hex'))::bit(48)::bigint / 1000.0::float8);

-- When the calendar window (UTC, weeks from Monday) that holds a moment began.
create function ledger_window_start(limit_window text, at timestamptz) returns timestamptz
language sql stable strict parallel safe
return case when limit_window = 'total' then '-infinity' else date_trunc(limit_window, at, 'UTC') end;

-- Locks keys, then accounts, and moves the keys on to the window of now. A window never goes back. Returns now, as read
-- after the wait for the locks.
create function ledger_lock(p_keys uuid[], p_accounts uuid[], p_now timestamptz) returns timestamptz language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_now timestamptz;
begin
  perform 1 from key_budget where key_id = any (p_keys) order by key_id for no key update;
  perform 1 from ledger_account where id = any (p_accounts) order by id for no key update;
  v_now := coalesce(p_now, clock_timestamp());
  update key_budget
  set window_start = ledger_window_start(limit_window, v_now), window_spent = 0, window_held = 0,
    lowered = false
  where key_id = any (p_keys) and limit_window <> 'total' and window_start < ledger_window_start(limit_window, v_now);
  return v_now;
end $$;

-- Grows one hold as far towards `p_wanted` as call cap, key and account allow. The key and the account are locked. A call
-- that grows after its window has passed moves into the window of now, if that has room for the whole call. A call older
-- than six days stays where it is: `charge_key` is searched by `counted_at`, and the partitions by the time in the id.
create function ledger_stretch(p_call uuid, p_wanted bigint, p_now timestamptz, out amount bigint, out stopped_by text)
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  h record;
  v_moves boolean;
  v_room bigint;
  v_extra bigint;
begin
  select held.amount, held.account_id, held.key_id,
    account.credits_posted - account.debits_posted - account.debits_pending as account_free,
    budget.limit_nano - budget.window_spent - budget.window_held as key_free,
    budget.call_cap, budget.window_start <> held.window_start as passed, budget.window_start,
    ledger_call_time(p_call) > p_now - interval '6 days' as movable
  into strict h
  from hold held
  join key_budget budget on budget.key_id = held.key_id
  join ledger_account account on account.id = held.account_id
  where held.call_id = p_call;

  amount := p_wanted;
  if h.call_cap < amount then
    amount := h.call_cap; stopped_by := 'call';
  end if;
  v_moves := h.passed and h.movable;
  v_room := case
    when h.passed and not h.movable then h.amount
    when h.key_free is null then amount
    when h.passed then h.key_free
    else h.amount + h.key_free
  end;
  if v_room < amount then
    amount := v_room; stopped_by := 'key';
  end if;
  if h.amount + h.account_free < amount then
    amount := h.amount + h.account_free; stopped_by := 'account';
  end if;
  if amount <= h.amount then
    amount := h.amount;
    return;
  end if;

  v_extra := amount - h.amount;
  update hold
  set amount = ledger_stretch.amount,
    counted_at = case when v_moves then greatest(p_now, h.window_start) else counted_at end,
    window_start = case when v_moves then h.window_start else window_start end
  where call_id = p_call;
  update key_budget
  set total_held = total_held + v_extra,
    window_held = window_held + case when v_moves then ledger_stretch.amount else v_extra end
  where key_id = h.key_id;
  update ledger_account set debits_pending = debits_pending + v_extra where id = h.account_id;
end $$;

-- Whoever writes receipts shares this lock, so that whoever has it alone knows all receipts that have a number.
create function ledger_postings_lock() returns bigint language sql immutable parallel safe return 7218301440917;

-- Settles holds whose keys and accounts are locked; one result per operation. A cost above its hold stretches the hold
-- first, once the plain ones have freed what they leave; `p_partly` is how it then takes what there is.
create function ledger_settle(p_ops ledger_settle_op[], p_now timestamptz, p_partly boolean default false)
returns ledger_result[] language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_done ledger_result[];
  v_op ledger_settle_op;
begin
  perform pg_advisory_xact_lock_shared(ledger_postings_lock());
  with op as materialized (select * from unnest(p_ops)),
  resolved as (
    delete from hold using op
    where hold.call_id = op.call_id and (op.cost <= hold.amount or p_partly)
    returning op.*, hold.account_id, hold.key_id, hold.amount as held, hold.counted_at, hold.window_start,
      least(op.cost, hold.amount) as charged
  ),
  posted as materialized (
    select resolved.*,
      case when charged > 0 then account.version + count(*) filter (where charged > 0) over earlier end as sequence,
      account.credits_posted - account.debits_posted - (sum(charged) over earlier)::bigint as balance_after
    from resolved join ledger_account account on account.id = resolved.account_id
    window earlier as (partition by account_id order by n rows unbounded preceding)
  ),
  account_move as materialized (
    select account_id, sum(held)::bigint as held, sum(charged)::bigint as charged,
      count(*) filter (where charged > 0) as movements
    from posted group by account_id
  ),
  account_moved as (
    update ledger_account account
    set debits_pending = debits_pending - move.held, debits_posted = debits_posted + move.charged,
      version = version + move.movements
    from account_move move where account.id = move.account_id
  ),
  key_move as materialized (
    select budget.key_id, sum(held)::bigint as held, sum(charged)::bigint as charged,
      coalesce(sum(held) filter (where posted.window_start = budget.window_start), 0)::bigint as window_held,
      coalesce(sum(charged) filter (where posted.window_start = budget.window_start), 0)::bigint as window_charged
    from posted join key_budget budget on budget.key_id = posted.key_id group by budget.key_id
  ),
  key_moved as (
    update key_budget budget
    set total_held = total_held - move.held, total_spent = total_spent + move.charged,
      window_held = budget.window_held - move.window_held, window_spent = window_spent + move.window_charged
    from key_move move where budget.key_id = move.key_id
  ),
  receipt as (
    insert into charge (call_id, at, counted_at, settled_at, account_id, key_id, offer_id, sequence, balance_after, held,
      charged, shortfall, provider_amount, input, cached_input, cache_write, output, reasoning, prompt_bytes,
      first_byte_ms, duration_ms, status, state, usage_source, model_id, provider, other_units, detail)
    select call_id, ledger_call_time(call_id), counted_at, p_now, account_id, key_id, offer_id, sequence, balance_after,
      held, charged, cost - charged, provider_amount, coalesce(input, 0), coalesce(cached_input, 0),
      coalesce(cache_write, 0), coalesce(output, 0), coalesce(reasoning, 0), prompt_bytes,
      first_byte_ms, duration_ms, status, state, usage_source, model_id, provider, other_units, detail
    from posted
  ),
  total as materialized (
    select sum(cost)::bigint as cost, sum(charged)::bigint as charged, sum(provider_amount)::bigint as provider_amount
    from posted
  ),
  appended as (
    insert into ledger_delta (code, debits, credits, at)
    select code, debits, credits, p_now
    from total cross join lateral (values
      ('revenue', 0, cost - provider_amount),
      ('provider-cost', 0, provider_amount),
      ('shortfall', cost - charged, 0)
    ) as side (code, debits, credits)
    where debits + credits > 0
  )
  select coalesce(array_agg((n, 'settled', charged, cost - charged, balance_after)::ledger_result), '{}')
  into v_done from posted;

  if cardinality(v_done) < cardinality(p_ops) then
    for v_op in
      select op.* from unnest(p_ops) op where op.n not in (select done.n from unnest(v_done) done) order by op.n
    loop
      v_done := v_done || ledger_settle_rest(v_op, p_now);
    end loop;
  end if;
  return v_done;
end $$;

-- A settle that costs more than its hold, or that finds no hold: it was settled before, or never held.
create function ledger_settle_rest(p_op ledger_settle_op, p_now timestamptz) returns ledger_result language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_result ledger_result;
begin
  perform 1 from hold where call_id = p_op.call_id;
  if found then
    perform ledger_stretch(p_op.call_id, p_op.cost, p_now);
    return (ledger_settle(array[p_op], p_now, true))[1];
  end if;
  select p_op.n, 'replayed', charged, shortfall, null into v_result
  from charge where call_id = p_op.call_id and at = ledger_call_time(p_op.call_id);
  if found then
    return v_result;
  end if;
  return (p_op.n, 'unknown', null, null, null)::ledger_result;
end $$;

-- Grows holds whose keys and accounts are locked. Those that fit whole in the running sums are done as a set, the rest
-- one by one in order.
create function ledger_grow(p_ops ledger_grow_op[], p_now timestamptz) returns ledger_result[] language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_done ledger_result[];
  v_op ledger_grow_op;
  v_amount bigint;
  v_stopped_by text;
begin
  with op as materialized (select * from unnest(p_ops)),
  wish as materialized (
    select op.*, hold.account_id, hold.key_id, op.amount_wanted - hold.amount as extra,
      account.credits_posted - account.debits_posted - account.debits_pending as account_free,
      budget.limit_nano - budget.window_spent - budget.window_held as key_free,
      sum(op.amount_wanted - hold.amount) over (partition by hold.account_id order by n rows unbounded preceding) as account_asked,
      sum(op.amount_wanted - hold.amount) over (partition by hold.key_id order by n rows unbounded preceding) as key_asked
    from op
    join hold on hold.call_id = op.call_id
    join ledger_account account on account.id = hold.account_id
    join key_budget budget on budget.key_id = hold.key_id
    where op.amount_wanted > hold.amount and hold.window_start = budget.window_start
      and (budget.call_cap is null or op.amount_wanted <= budget.call_cap)
  ),
  granted as materialized (
    select * from wish where account_asked <= account_free and (key_free is null or key_asked <= key_free)
  ),
  grown as (
    update hold set amount = granted.amount_wanted, expires_at = greatest(hold.expires_at, granted.expires_at)
    from granted where hold.call_id = granted.call_id
  ),
  account_move as materialized (select account_id, sum(extra)::bigint as extra from granted group by account_id),
  account_moved as (
    update ledger_account account set debits_pending = debits_pending + move.extra
    from account_move move where account.id = move.account_id
  ),
  key_move as materialized (select key_id, sum(extra)::bigint as extra from granted group by key_id),
  key_moved as (
    update key_budget budget set total_held = total_held + move.extra, window_held = window_held + move.extra
    from key_move move where budget.key_id = move.key_id
  )
  select coalesce(array_agg((n, 'held', amount_wanted, null, null)::ledger_result), '{}') into v_done from granted;

  if cardinality(v_done) < cardinality(p_ops) then
    for v_op in
      select op.* from unnest(p_ops) op where op.n not in (select done.n from unnest(v_done) done) order by op.n
    loop
      update hold set expires_at = greatest(expires_at, v_op.expires_at) where call_id = v_op.call_id
      returning amount into v_amount;
      if not found then
        v_done := v_done || (v_op.n, 'unknown', null, null, null)::ledger_result;
        continue;
      end if;
      v_stopped_by := null;
      if v_amount < v_op.amount_wanted then
        select amount, stopped_by into v_amount, v_stopped_by
        from ledger_stretch(v_op.call_id, v_op.amount_wanted, p_now);
      end if;
      v_done := v_done || (v_op.n, coalesce(v_stopped_by, 'held'), v_amount, null, null)::ledger_result;
    end loop;
  end if;
  return v_done;
end $$;

-- Takes holds on keys and accounts that are locked. Those whose whole wish fits in the running sums are done as a set;
-- the rest (the sums count refused ones too) get an exact try one by one, in order.
create function ledger_reserve(p_ops ledger_reserve_op[], p_process uuid, p_now timestamptz) returns ledger_result[]
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_done ledger_result[];
  v_op ledger_reserve_op;
begin
  with op as materialized (select *, ledger_call_time(call_id) as at from unnest(p_ops)),
  wish as materialized (
    select op.*, budget.window_start,
      account.credits_posted - account.debits_posted - account.debits_pending as account_free,
      budget.limit_nano - budget.window_spent - budget.window_held as key_free,
      sum(op.amount_wanted) over (partition by op.account_id order by n rows unbounded preceding) as account_asked,
      sum(op.amount_wanted) over (partition by op.key_id order by n rows unbounded preceding) as key_asked
    from op
    join ledger_account account on account.id = op.account_id
    join key_budget budget on budget.key_id = op.key_id
    where account.kind = 'customer' and not account.frozen and budget.account_id = op.account_id
      and (budget.call_cap is null or op.amount_wanted <= budget.call_cap)
      and op.at between p_now - interval '1 day' and p_now + interval '1 day'
      and not exists (select from hold where hold.call_id = op.call_id)
      and not exists (select from charge where charge.call_id = op.call_id and charge.at = op.at)
  ),
  granted as materialized (
    select * from wish where account_asked <= account_free and (key_free is null or key_asked <= key_free)
  ),
  taken as (
    insert into hold (call_id, account_id, key_id, amount, asked_min, asked_wanted, process_id, held_at, counted_at,
      window_start, expires_at, context)
    select call_id, account_id, key_id, amount_wanted, amount_min, amount_wanted, p_process, p_now,
      greatest(p_now, window_start), window_start, expires_at, context
    from granted
  ),
  account_move as materialized (select account_id, sum(amount_wanted)::bigint as held from granted group by account_id),
  account_moved as (
    update ledger_account account set debits_pending = debits_pending + move.held
    from account_move move where account.id = move.account_id
  ),
  key_move as materialized (select key_id, sum(amount_wanted)::bigint as held from granted group by key_id),
  key_moved as (
    update key_budget budget set total_held = total_held + move.held, window_held = window_held + move.held
    from key_move move where budget.key_id = move.key_id
  )
  select coalesce(array_agg((n, 'held', amount_wanted, null, null)::ledger_result), '{}') into v_done from granted;

  if cardinality(v_done) < cardinality(p_ops) then
    for v_op in
      select op.* from unnest(p_ops) op where op.n not in (select done.n from unnest(v_done) done) order by op.n
    loop
      v_done := v_done || ledger_reserve_one(v_op, p_process, p_now);
    end loop;
  end if;
  return v_done;
end $$;

-- One reserve, exactly: a replay, a refusal with its reason, or the most of what it wants that can be had.
create function ledger_reserve_one(p_op ledger_reserve_op, p_process uuid, p_now timestamptz) returns ledger_result
language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_at timestamptz := ledger_call_time(p_op.call_id);
  v_hold hold;
  v_account ledger_account;
  v_budget key_budget;
  v_account_free bigint;
  v_key_free bigint;
  v_amount bigint;
begin
  select * into v_hold from hold where call_id = p_op.call_id;
  if found then
    if (v_hold.account_id, v_hold.key_id, v_hold.asked_min, v_hold.asked_wanted)
      = (p_op.account_id, p_op.key_id, p_op.amount_min, p_op.amount_wanted) then
      return (p_op.n, 'held', v_hold.amount, null, null)::ledger_result;
    end if;
    return (p_op.n, 'conflict', null, null, null)::ledger_result;
  end if;
  perform 1 from charge where call_id = p_op.call_id and at = v_at;
  if found then
    return (p_op.n, 'conflict', null, null, null)::ledger_result;
  end if;
  if v_at not between p_now - interval '1 day' and p_now + interval '1 day' then
    return (p_op.n, 'skewed', null, null, null)::ledger_result;
  end if;
  select * into v_account from ledger_account where id = p_op.account_id and kind = 'customer';
  select * into v_budget from key_budget where key_id = p_op.key_id and account_id = p_op.account_id;
  if v_account.id is null or v_budget.key_id is null then
    return (p_op.n, 'unknown', null, null, null)::ledger_result;
  end if;
  if v_account.frozen then
    return (p_op.n, 'frozen', null, null, null)::ledger_result;
  end if;

  if v_budget.call_cap < p_op.amount_min then
    return (p_op.n, 'call', v_budget.call_cap, 0, null)::ledger_result;
  end if;
  -- Null without a limit: `greatest` and `least` pass over nulls.
  v_key_free := v_budget.limit_nano - v_budget.window_spent - v_budget.window_held;
  if v_key_free < 0 then
    v_key_free := 0;
  end if;
  if v_key_free < p_op.amount_min then
    return (p_op.n, 'key', v_key_free, v_budget.window_held, null)::ledger_result;
  end if;
  v_account_free := v_account.credits_posted - v_account.debits_posted - v_account.debits_pending;
  if v_account_free < p_op.amount_min then
    return (p_op.n, 'account', v_account_free, v_account.debits_pending, null)::ledger_result;
  end if;
  v_amount := least(p_op.amount_wanted, v_budget.call_cap, v_key_free, v_account_free);

  insert into hold (call_id, account_id, key_id, amount, asked_min, asked_wanted, process_id, held_at, counted_at,
    window_start, expires_at, context)
  values (p_op.call_id, p_op.account_id, p_op.key_id, v_amount, p_op.amount_min, p_op.amount_wanted, p_process, p_now,
    greatest(p_now, v_budget.window_start), v_budget.window_start, p_op.expires_at, p_op.context);
  update key_budget set total_held = total_held + v_amount, window_held = window_held + v_amount
  where key_id = p_op.key_id;
  update ledger_account set debits_pending = debits_pending + v_amount where id = p_op.account_id;
  return (p_op.n, 'held', v_amount, null, null)::ledger_result;
end $$;

-- Applies a batch and returns one row per reserve, growth and settle. No call id may occur twice in a batch. Settles come
-- first (they free credit), then growths, then reserves. Any operation may be sent again: nothing moves twice. Sending a
-- batch proves that the process lives; the time is the database's own unless given.
--
-- The operations come as JSON. Measured on a settle with a receipt of 600 bytes, CPU per operation on both sides: jsonb and
-- jsonb_populate_recordset 10 us (json instead of jsonb 13 us), twenty parallel arrays and unnest 24 us.
create function ledger_apply(p_process uuid, p_now timestamptz, p_reserves jsonb, p_grows jsonb, p_settles jsonb,
  p_checkpoints jsonb) returns setof ledger_result language plpgsql
set enable_seqscan = off set enable_indexscan = off set enable_indexonlyscan = off set enable_hashjoin = off
set enable_mergejoin = off set jit = off
set plan_cache_mode = force_generic_plan as $$
declare
  v_reserves ledger_reserve_op[];
  v_grows ledger_grow_op[];
  v_settles ledger_settle_op[];
  v_keys uuid[];
  v_accounts uuid[];
  v_now timestamptz := coalesce(p_now, clock_timestamp());
begin
  update gateway_process set heartbeat_at = v_now, fenced_at = null
  where id = p_process and (heartbeat_at < v_now - interval '1 second' or fenced_at is not null);

  if p_settles is not null then
    select array_agg(op), array_agg(hold.key_id), array_agg(hold.account_id) into v_settles, v_keys, v_accounts
    from jsonb_populate_recordset(null::ledger_settle_op, p_settles) op left join hold on hold.call_id = op.call_id;
  end if;
  if p_grows is not null then
    select array_agg(op), v_keys || array_agg(hold.key_id), v_accounts || array_agg(hold.account_id)
    into v_grows, v_keys, v_accounts
    from jsonb_populate_recordset(null::ledger_grow_op, p_grows) op left join hold on hold.call_id = op.call_id;
  end if;
  if p_reserves is not null then
    select array_agg(op), v_keys || array_agg(op.key_id), v_accounts || array_agg(op.account_id)
    into v_reserves, v_keys, v_accounts
    from jsonb_populate_recordset(null::ledger_reserve_op, p_reserves) op;
  end if;
  if p_checkpoints is not null then -- whoever writes a hold has the lock of its key
    select v_keys || array_agg(hold.key_id) into v_keys
    from jsonb_populate_recordset(null::ledger_checkpoint_op, p_checkpoints) op join hold on hold.call_id = op.call_id;
  end if;

  v_now := ledger_lock(v_keys, v_accounts, p_now);
  if v_settles is not null then
    return query select * from unnest(ledger_settle(v_settles, v_now));
  end if;
  if v_grows is not null then
    return query select * from unnest(ledger_grow(v_grows, v_now));
  end if;
  if v_reserves is not null then
    return query select * from unnest(ledger_reserve(v_reserves, p_process, v_now));
  end if;
  if p_checkpoints is not null then
    with op as materialized (select * from jsonb_populate_recordset(null::ledger_checkpoint_op, p_checkpoints))
    update hold set checkpoint_cost = op.cost, checkpoint = op.progress from op where hold.call_id = op.call_id;
  end if;
end $$;

-- Posts one transfer between a customer and a platform account, and opens its lot when `p_lot` says what came in:
-- {kind, held_until, expires_at, refundable}. One transfer per (kind, reference), for ever. A correction or an expiry names
-- the transfer that it takes back, and never takes back more than there was. Outcomes: posted, replayed, conflict (the
-- reference was used for something else), unknown (no such account, or no such transfer that credited it), exceeded (more than is left to take back,
-- or than is available; `available` says how much).
create function ledger_transfer(p_id uuid, p_kind text, p_reference text, p_debit uuid, p_credit uuid, p_amount bigint,
  p_reverses uuid, p_note text, p_lot jsonb, p_now timestamptz,
  out outcome text, out transfer_id uuid, out balance_after bigint, out available bigint) language plpgsql as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_account ledger_account;
  v_platform ledger_account;
  v_first transfer;
  v_limit bigint;
begin
  select * into v_platform from ledger_account where id in (p_debit, p_credit) and kind = 'platform';
  select * into v_account from ledger_account where id in (p_debit, p_credit) and kind = 'customer' for no key update;
  if v_account.id is null or v_platform.id is null then
    outcome := 'unknown';
    return;
  end if;

  select * into v_first from transfer where kind = p_kind and reference = p_reference;
  if found then
    outcome := case
      when (v_first.debit_account, v_first.credit_account, v_first.amount) = (p_debit, p_credit, p_amount)
        and v_first.reverses_id is not distinct from p_reverses then 'replayed'
      else 'conflict'
    end;
    transfer_id := v_first.id;
    balance_after := v_first.balance_after;
    return;
  end if;

  if p_reverses is not null then
    select reversed.amount - coalesce((select sum(amount) from transfer where reverses_id = p_reverses), 0) into v_limit
    from transfer reversed
    where id = p_reverses and credit_account = p_debit and account_id = p_debit;
    if not found then
      outcome := 'unknown';
      return;
    end if;
  end if;
  if p_debit = v_account.id then
    v_limit := least(v_limit, v_account.credits_posted - v_account.debits_posted - v_account.debits_pending);
  end if;
  if v_limit < p_amount then
    outcome := 'exceeded';
    available := v_limit;
    return;
  end if;

  balance_after := v_account.credits_posted - v_account.debits_posted
    + case when p_credit = v_account.id then p_amount else -p_amount end;
  insert into transfer (id, kind, reference, debit_account, credit_account, amount, reverses_id, account_id, sequence,
    balance_after, note, created_at)
  values (p_id, p_kind, p_reference, p_debit, p_credit, p_amount, p_reverses, v_account.id, v_account.version + 1,
    ledger_transfer.balance_after, p_note, v_now)
  on conflict do nothing;
  if not found then -- the id, or the reference on another account at the same moment
    outcome := 'conflict';
    balance_after := null;
    return;
  end if;
  update ledger_account
  set credits_posted = credits_posted + case when p_credit = id then p_amount else 0 end,
    debits_posted = debits_posted + case when p_debit = id then p_amount else 0 end,
    version = version + 1
  where id = v_account.id;
  insert into ledger_delta (code, debits, credits, at)
  values (v_platform.code, case when p_debit = v_platform.id then p_amount else 0 end,
    case when p_credit = v_platform.id then p_amount else 0 end, v_now);
  if p_lot is not null then
    insert into lot (transfer_id, account_id, kind, amount, held_until, expires_at, refundable)
    values (p_id, v_account.id, p_lot ->> 'kind', p_amount, (p_lot ->> 'held_until')::timestamptz,
      (p_lot ->> 'expires_at')::timestamptz, (p_lot ->> 'refundable')::boolean);
  end if;
  outcome := 'posted';
  transfer_id := p_id;
end $$;

-- Sets what a key may spend. A change of the window counts what the key spent in the new one from its receipts, under the
-- key's lock. False when the account is unknown, or the key belongs to another.
create function ledger_set_budget(p_key uuid, p_account uuid, p_limit bigint, p_window text, p_call_cap bigint,
  p_now timestamptz) returns boolean language plpgsql as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_budget key_budget;
  v_start timestamptz;
begin
  perform 1 from ledger_account where id = p_account and kind = 'customer';
  if not found then
    return false;
  end if;
  insert into key_budget (key_id, account_id, limit_nano, limit_window, call_cap, window_start)
  values (p_key, p_account, p_limit, p_window, p_call_cap, ledger_window_start(p_window, v_now))
  on conflict do nothing;
  if found then
    return true;
  end if;

  select * into v_budget from key_budget where key_id = p_key for no key update;
  if v_budget.account_id <> p_account then
    return false;
  end if;
  v_now := coalesce(p_now, clock_timestamp());
  v_start := ledger_window_start(p_window, v_now);
  if v_budget.limit_window <> p_window then
    update hold set window_start = ledger_window_start(p_window, counted_at) where key_id = p_key;
    update key_budget
    set limit_window = p_window, window_start = v_start, window_spent = ledger_spent_since(p_key, v_start),
      window_held = (select coalesce(sum(amount), 0) from hold where key_id = p_key and window_start = v_start)
    where key_id = p_key;
  elsif v_budget.window_start < v_start then
    update key_budget set window_start = v_start, window_spent = 0, window_held = 0 where key_id = p_key;
  end if;
  update key_budget
  set limit_nano = p_limit, call_cap = p_call_cap,
    lowered = p_limit is not null and p_limit < window_spent + window_held
  where key_id = p_key;
  return true;
end $$;

-- What the calls of a key cost that count from a moment on. A call counts at most eight days after the time in its id
-- (one day between the clocks, six until it may no longer move), which spares the search of older partitions.
create function ledger_spent_since(p_key uuid, p_since timestamptz) returns bigint language sql stable
return (
  select coalesce(sum(charged), 0)::bigint from charge
  where key_id = p_key and counted_at >= p_since and at >= p_since - interval '8 days'
);

-- Makes the partitions of the weeks from `p_from` to `p_to`; returns how many were made. Gives up, to be called again,
-- rather than have calls wait behind a long report. A week of which rows already lie in the default partition stays there.
create function ledger_make_partitions(p_from timestamptz, p_to timestamptz) returns integer language plpgsql
set lock_timeout = '300ms' set timezone = 'UTC' as $$
declare
  v_week timestamptz := date_trunc('week', p_from, 'UTC');
  v_made integer := 0;
begin
  while v_week <= p_to loop
    if to_regclass(to_char(v_week, '"charge_"IYYY"w"IW')) is null then
      begin
        execute format('create table %I partition of charge for values from (%L) to (%L)',
          to_char(v_week, '"charge_"IYYY"w"IW'), v_week, v_week + interval '7 days');
        v_made := v_made + 1;
      exception
        when check_violation then null;
        when lock_not_available then return v_made;
      end;
    end if;
    v_week := v_week + interval '7 days';
  end loop;
  return v_made;
end $$;

select ledger_make_partitions(now(), now() + interval '28 days');

-- Folds the appended deltas into the balances of the platform accounts; returns how many were folded. Several may run.
create function ledger_fold() returns bigint language plpgsql as $$
declare
  v_folded bigint;
begin
  -- The lock comes first: a sibling's fold is then over, and what it folded is gone from the next snapshot.
  perform 1 from ledger_account where kind = 'platform' order by id for no key update;
  with folded as (delete from ledger_delta returning code, debits, credits),
  side as (select code, sum(debits)::bigint as debits, sum(credits)::bigint as credits, count(*) as deltas from folded group by code),
  moved as (
    update ledger_account account
    set debits_posted = debits_posted + side.debits, credits_posted = credits_posted + side.credits, version = version + 1
    from side where account.code = side.code
    returning side.deltas
  )
  select coalesce(sum(deltas), 0) into v_folded from moved;
  return v_folded;
end $$;

-- A JSON number as a count; 0 for anything else.
create function ledger_count(value jsonb) returns bigint language sql immutable
return case when jsonb_typeof(value) = 'number' then least(greatest(trunc(value::numeric), 0), 1e15)::bigint else 0 end;

-- The settle of a call whose process is gone, made from what it noted: `known` is the context of its hold, and over it
-- the detail of its last checkpoint. What is missing or malformed there must not keep the hold from being resolved.
create function ledger_interruption(n integer, call_id uuid, cost bigint, checkpoint jsonb, known jsonb, ran interval)
returns ledger_settle_op language sql stable
return (
  select (n, call_id, cost, cost / 10000 * share + cost % 10000 * share / 10000, 'interrupted', 500,
    coalesce(known ->> 'modelId', 'unknown'), known ->> 'provider',
    case when known ->> 'offerId' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then (known ->> 'offerId')::uuid end,
    ledger_count(units -> 'input'), ledger_count(units -> 'cached_input'), ledger_count(units -> 'cache_write'),
    ledger_count(units -> 'output'), ledger_count(units -> 'reasoning'),
    nullif(units - '{input,cached_input,cache_write,output,reasoning}'::text[], '{}'),
    case when checkpoint is null then 'none' else 'counted' end,
    least(ledger_count(known -> 'promptBytes'), 2147483647)::integer, null,
    least(greatest(extract(epoch from ran) * 1000, 0), 2147483647)::integer, known)::ledger_settle_op
  from (select least(ledger_count(known -> 'providerShareBps'), 10000) as share,
    coalesce(checkpoint -> 'units', '{}') as units) noted
);

-- Settles the calls of processes that are gone, from their last checkpoint: those silent for longer than `p_silence`, those
-- that the caller knows to be gone, and any hold past its expiry and grace. A process that was only slow finds itself
-- fenced and its calls settled as interrupted. Several siblings may run this at once.
create function ledger_recover(p_gone uuid[], p_silence interval, p_grace interval, p_limit integer, p_now timestamptz)
returns table (call_id uuid, account_id uuid, charged bigint, shortfall bigint) language plpgsql as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_dead uuid[];
  v_calls uuid[];
  v_settles ledger_settle_op[];
  v_results ledger_result[];
  v_keys uuid[];
  v_accounts uuid[];
begin
  perform 1 from gateway_process where heartbeat_at < v_now - p_silence or id = any (p_gone) order by id for update;
  with fenced as (
    update gateway_process set fenced_at = coalesce(fenced_at, v_now)
    where heartbeat_at < v_now - p_silence or id = any (p_gone) returning id
  )
  select array_agg(id) into v_dead from fenced;

  delete from gateway_process
  where fenced_at < v_now - interval '1 day' and not exists (select from hold where process_id = gateway_process.id);

  select array_agg(lost.call_id), array_agg(lost.key_id), array_agg(lost.account_id) into v_calls, v_keys, v_accounts
  from (
    select hold.call_id, hold.key_id, hold.account_id from hold
    where process_id = any (v_dead) or expires_at < v_now - p_grace
    limit p_limit
  ) lost;
  if v_calls is null then
    return;
  end if;

  v_now := ledger_lock(v_keys, v_accounts, p_now);
  -- Read under the locks: the last batch of a dead process may just have been under way, and noted progress or settled.
  with lost as (
    select *, context || coalesce(checkpoint -> 'detail', '{}') as known, row_number() over () as n from hold
    where hold.call_id = any (v_calls)
  )
  select array_agg(ledger_interruption(lost.n::integer, lost.call_id, lost.checkpoint_cost, lost.checkpoint, lost.known,
    v_now - lost.held_at)) into v_settles
  from lost;
  if v_settles is null then
    return;
  end if;

  v_results := ledger_settle(v_settles, v_now);
  return query
    select op.call_id, charge.account_id, result.amount, result.other
    from unnest(v_results) result
    join unnest(v_settles) op on op.n = result.n
    join charge on charge.call_id = op.call_id and charge.at = ledger_call_time(op.call_id)
    where result.outcome = 'settled';
end $$;
