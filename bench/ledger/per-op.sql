-- What the ledger would be without batches: one function call and one commit per operation, as lean as it can be written on
-- the same tables. It writes the same rows and checks the same limits, but knows no growth, no windows, no partial holds.

create function single_reserve(p_call uuid, p_account uuid, p_key uuid, p_amount bigint, p_process uuid, p_context jsonb)
returns boolean language plpgsql as $$
begin
  perform 1 from hold where call_id = p_call;
  if found then
    return true;
  end if;
  perform 1 from charge where call_id = p_call and at = ledger_call_time(p_call);
  if found then
    return false;
  end if;
  update key_budget set total_held = total_held + p_amount, window_held = window_held + p_amount
  where key_id = p_key and account_id = p_account
    and (limit_nano is null or window_spent + window_held + p_amount <= limit_nano);
  if not found then
    return false;
  end if;
  update ledger_account set debits_pending = debits_pending + p_amount
  where id = p_account and not frozen and credits_posted - debits_posted - debits_pending >= p_amount;
  if not found then
    raise exception 'the account is short'; -- takes the key's row back too
  end if;
  insert into hold (call_id, account_id, key_id, amount, asked_min, asked_wanted, process_id, held_at, counted_at,
    window_start, expires_at, context)
  values (p_call, p_account, p_key, p_amount, p_amount, p_amount, p_process, now(), now(), '-infinity',
    now() + interval '10 minutes', p_context);
  return true;
end $$;

create function single_settle(p_call uuid, p_cost bigint, p_provider_amount bigint, p_model text, p_provider text,
  p_input bigint, p_output bigint, p_detail jsonb) returns boolean language plpgsql as $$
declare
  h hold;
  v_sequence bigint;
  v_balance bigint;
begin
  delete from hold where call_id = p_call returning * into h;
  if not found then
    perform 1 from charge where call_id = p_call and at = ledger_call_time(p_call);
    return found;
  end if;
  update key_budget set total_held = total_held - h.amount, window_held = window_held - h.amount,
    total_spent = total_spent + p_cost, window_spent = window_spent + p_cost
  where key_id = h.key_id;
  update ledger_account set debits_pending = debits_pending - h.amount, debits_posted = debits_posted + p_cost,
    version = version + 1
  where id = h.account_id
  returning version, credits_posted - debits_posted into v_sequence, v_balance;
  insert into charge (call_id, at, counted_at, settled_at, account_id, key_id, sequence, balance_after, held, charged,
    shortfall, provider_amount, input, output, prompt_bytes, first_byte_ms, duration_ms, status, state, usage_source,
    model_id, provider, detail)
  values (p_call, ledger_call_time(p_call), h.counted_at, now(), h.account_id, h.key_id, v_sequence, v_balance, h.amount,
    p_cost, 0, p_provider_amount, p_input, p_output, 400, 80, 900, 200, 'ok', 'provider', p_model, p_provider, p_detail);
  insert into ledger_delta (code, debits, credits, at)
  values ('revenue', 0, p_cost - p_provider_amount, now()), ('provider-cost', 0, p_provider_amount, now());
  return true;
end $$;
