-- Payments: what was bought, where each payment stands, and what was taken back of it.

-- What the account still has to give back, and whether its operator froze it. An account that owes is frozen, whoever
-- else froze it; `frozen` is what calls are refused by.
alter table ledger_account add column owed bigint not null default 0 check (owed >= 0);
alter table ledger_account add column frozen_by_operator boolean not null default false;
update ledger_account set frozen_by_operator = true where frozen;
create index ledger_account_owing on ledger_account (id) where owed > 0;

-- Credits that came in beside those of an earlier transfer: what is taken back of `root_id` may be taken out of them too.
create table lot_of (
  transfer_id uuid primary key references transfer (id),
  root_id uuid not null references transfer (id),
  check (transfer_id <> root_id)
);
create index lot_of_root on lot_of (root_id);

-- Money of a purchase that its payer got back: a refund, a dispute, a payment that was undone. `amount` is what the
-- purchase still stood for of the `asked`; amount - taken - cancelled is owed.
create table taking (
  id uuid primary key,
  account_id uuid not null references ledger_account (id),
  of_id uuid not null references transfer (id),
  kind text not null check (kind in ('refund', 'dispute', 'reversal')),
  reference text not null,
  asked bigint not null check (asked > 0),
  amount bigint not null check (amount between 0 and asked),
  taken bigint not null default 0 check (taken >= 0),
  cancelled bigint not null default 0 check (cancelled >= 0),
  returned bigint not null default 0 check (returned between 0 and taken),
  parts integer not null default 0,
  note text,
  created_at timestamptz not null,
  unique (kind, reference),
  check (taken + cancelled <= amount)
);
create index taking_of on taking (of_id, kind);
create index taking_owed on taking (account_id, id) where taken + cancelled < amount;

-- The transfers by which it was taken: one at once, others as credits came in.
create table taking_part (
  transfer_id uuid primary key references transfer (id),
  taking_id uuid not null references taking (id)
);
create index taking_part_of on taking_part (taking_id);

-- What became undone: a dispute that was won, a refund that failed; or what the operator forgave.
create table taking_return (
  id uuid primary key,
  account_id uuid not null references ledger_account (id),
  of_id uuid references transfer (id),
  kind text not null check (kind in ('refund', 'dispute', 'reversal', 'forgiveness')),
  reference text not null,
  asked bigint not null check (asked > 0),
  -- Of the asked, what had been asked to be taken.
  counted bigint not null check (counted between 0 and asked),
  -- Not owed any more.
  cancelled bigint not null check (cancelled >= 0),
  -- Came back, by the transfer of the same id.
  credited bigint not null check (credited >= 0),
  note text,
  created_at timestamptz not null,
  unique (kind, reference),
  check ((of_id is null) = (kind = 'forgiveness'))
);
create index taking_return_of on taking_return (of_id, kind);

-- As in 0002, with two changes: what an account owes is taken before anything else is taken from it, and out of
-- everything that comes in.
create or replace function ledger_transfer(p_id uuid, p_kind text, p_reference text, p_debit uuid, p_credit uuid,
  p_amount bigint, p_reverses uuid, p_note text, p_lot jsonb, p_now timestamptz,
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

  if v_account.owed > 0 and p_debit = v_account.id and p_kind not in ('refund', 'dispute', 'reversal') then
    perform ledger_collect(v_account.id, v_now);
    select * into v_account from ledger_account where id = v_account.id;
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
  if v_account.owed > 0 and p_credit = v_account.id then
    perform ledger_collect(v_account.id, v_now);
  end if;
end $$;

-- What the lots of a purchase still stand for, oldest first: what came in by them and was not taken back or expired.
create function ledger_room(p_root uuid) returns table (lot_id uuid, room bigint) language sql stable
begin atomic
  with family as (select p_root as id union all select lot_of.transfer_id from lot_of where lot_of.root_id = p_root),
  standing as (
    select came.id, came.sequence,
      came.amount - coalesce((select sum(gone.amount) from transfer gone where gone.reverses_id = came.id), 0) as room
    from family join transfer came using (id)
  )
  select standing.id, standing.room::bigint from standing where standing.room > 0 order by standing.sequence;
end;

-- Takes what the account owes out of what it has available, oldest first. What calls hold is left to them.
create function ledger_collect(p_account uuid, p_now timestamptz) returns bigint language plpgsql as $$
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_free bigint;
  v_collected bigint := 0;
  v_taking taking;
  v_platform uuid;
  v_lot uuid;
  v_room bigint;
  v_amount bigint;
  v_transfer uuid;
  v_outcome text;
begin
  select credits_posted - debits_posted - debits_pending into v_free
  from ledger_account where id = p_account and owed > 0 for no key update;
  while v_free > 0 loop
    select * into v_taking from taking
    where account_id = p_account and taken + cancelled < amount order by id limit 1;
    exit when not found;
    select debit_account into strict v_platform from transfer where id = v_taking.of_id;
    select lot_id, room into strict v_lot, v_room from ledger_room(v_taking.of_id) limit 1;
    v_amount := least(v_free, v_room, v_taking.amount - v_taking.taken - v_taking.cancelled);
    v_transfer := case when v_taking.parts = 0 then v_taking.id else gen_random_uuid() end;
    select outcome into v_outcome from ledger_transfer(v_transfer, v_taking.kind,
      v_taking.reference || case when v_taking.parts = 0 then '' else ':' || (v_taking.parts + 1) end,
      p_account, v_platform, v_amount, v_lot, v_taking.note, null, v_now);
    if v_outcome <> 'posted' then
      raise exception 'what is owed was not taken: %', v_outcome;
    end if;
    insert into taking_part (transfer_id, taking_id) values (v_transfer, v_taking.id);
    update taking set taken = taken + v_amount, parts = parts + 1 where id = v_taking.id;
    update ledger_account set owed = owed - v_amount, frozen = frozen_by_operator or owed > v_amount
    where id = p_account;
    v_free := v_free - v_amount;
    v_collected := v_collected + v_amount;
  end loop;
  return v_collected;
end $$;

-- Takes back a purchase in part or whole: at once what is available, the rest is owed. Never more than the purchase still
-- stands for. Once per (kind, reference). Outcomes: posted, replayed (`taken` and `owed` as they are now), conflict,
-- unknown (no such transfer that brought credits of its own).
create function ledger_take_back(p_id uuid, p_of uuid, p_kind text, p_reference text, p_amount bigint, p_note text,
  p_now timestamptz, out outcome text, out taken bigint, out owed bigint) language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_account uuid;
  v_first taking;
  v_amount bigint;
begin
  select transfer.account_id into v_account from transfer join lot on lot.transfer_id = transfer.id
  where transfer.id = p_of and not exists (select from lot_of where lot_of.transfer_id = p_of);
  if not found then
    outcome := 'unknown';
    return;
  end if;
  perform 1 from ledger_account where id = v_account for no key update;
  select * into v_first from taking where kind = p_kind and reference = p_reference;
  if found then
    outcome := case when (v_first.of_id, v_first.asked) = (p_of, p_amount) then 'replayed' else 'conflict' end;
  else
    select least(p_amount, greatest(coalesce(sum(room), 0)
      - (select coalesce(sum(amount - open.taken - cancelled), 0) from taking open where of_id = p_of), 0)) into v_amount
    from ledger_room(p_of);
    insert into taking (id, account_id, of_id, kind, reference, asked, amount, note, created_at)
    values (p_id, v_account, p_of, p_kind, p_reference, p_amount, v_amount, p_note, v_now) on conflict do nothing;
    if not found then
      outcome := 'conflict';
      return;
    end if;
    if v_amount > 0 then
      update ledger_account account set owed = account.owed + v_amount, frozen = true where id = v_account;
      perform ledger_collect(v_account, v_now);
    end if;
    outcome := 'posted';
  end if;
  if outcome <> 'conflict' then
    select done.taken, done.amount - done.taken - done.cancelled into ledger_take_back.taken, ledger_take_back.owed
    from taking done where kind = p_kind and reference = p_reference;
  end if;
end $$;

-- Undoes what was taken back of a purchase for one reason: what is still owed is cancelled first, the rest is credited. Of
-- more than what stands of it nothing happens. Once per (kind, reference); outcomes as of `ledger_take_back`.
create function ledger_give_back(p_id uuid, p_of uuid, p_kind text, p_reference text, p_amount bigint, p_note text,
  p_now timestamptz, out outcome text, out credited bigint, out cancelled bigint) language plpgsql as $$
#variable_conflict use_column
declare
  v_now timestamptz := coalesce(p_now, clock_timestamp());
  v_account uuid;
  v_platform uuid;
  v_first taking_return;
  v_asked bigint;
  v_stands bigint;
  v_back bigint;
  v_part bigint;
  v_taking taking;
  v_lot jsonb;
  v_outcome text;
begin
  select account_id, debit_account into v_account, v_platform from transfer
  where id = p_of and exists (select from taking where of_id = p_of);
  if not found then
    outcome := 'unknown';
    return;
  end if;
  perform 1 from ledger_account where id = v_account for no key update;
  select * into v_first from taking_return where kind = p_kind and reference = p_reference;
  if found then
    outcome := case when (v_first.of_id, v_first.asked) = (p_of, p_amount) then 'replayed' else 'conflict' end;
    credited := v_first.credited;
    cancelled := v_first.cancelled;
    return;
  end if;

  select coalesce(sum(asked), 0), coalesce(sum(amount - t.cancelled - returned), 0) into v_asked, v_stands
  from taking t where of_id = p_of and kind = p_kind;
  v_asked := v_asked - (select coalesce(sum(counted), 0) from taking_return where of_id = p_of and kind = p_kind);
  v_back := greatest(v_stands - greatest(v_asked - p_amount, 0), 0);
  cancelled := 0;
  credited := 0;
  for v_taking in
    select * from taking t where of_id = p_of and kind = p_kind and t.taken + t.cancelled < amount order by id desc
  loop
    v_part := least(v_back - cancelled, v_taking.amount - v_taking.taken - v_taking.cancelled);
    update taking t set cancelled = t.cancelled + v_part where id = v_taking.id;
    cancelled := cancelled + v_part;
  end loop;
  update ledger_account account
  set owed = owed - ledger_give_back.cancelled, frozen = frozen_by_operator or owed > ledger_give_back.cancelled
  where id = v_account and ledger_give_back.cancelled > 0;
  for v_taking in
    select * from taking t where of_id = p_of and kind = p_kind and t.taken > t.returned order by id desc
  loop
    v_part := least(v_back - cancelled - credited, v_taking.taken - v_taking.returned);
    update taking t set returned = t.returned + v_part where id = v_taking.id;
    credited := credited + v_part;
  end loop;

  insert into taking_return (id, account_id, of_id, kind, reference, asked, counted, cancelled, credited, note, created_at)
  values (p_id, v_account, p_of, p_kind, p_reference, p_amount, least(p_amount, v_asked), ledger_give_back.cancelled,
    ledger_give_back.credited, p_note, v_now);
  if credited > 0 then
    select to_jsonb(lot) into strict v_lot from lot where transfer_id = p_of;
    select posted.outcome into v_outcome from ledger_transfer(p_id, 'restoration', p_kind || ':' || p_reference, v_platform,
      v_account, credited, null, p_note, v_lot, v_now) posted;
    if v_outcome <> 'posted' then
      raise exception 'what was taken was not given back: %', v_outcome;
    end if;
    insert into lot_of (transfer_id, root_id) values (p_id, p_of);
  end if;
  outcome := 'posted';
end $$;

-- Lets an account off what it owes, in part or whole, newest first. Once per reference; `cancelled` is what it was let off.
create function ledger_forgive(p_id uuid, p_account uuid, p_reference text, p_amount bigint, p_note text, p_now timestamptz,
  out outcome text, out cancelled bigint) language plpgsql as $$
#variable_conflict use_column
declare
  v_first taking_return;
  v_part bigint;
  v_taking taking;
begin
  perform 1 from ledger_account where id = p_account and kind = 'customer' for no key update;
  if not found then
    outcome := 'unknown';
    return;
  end if;
  select * into v_first from taking_return where kind = 'forgiveness' and reference = p_reference;
  if found then
    outcome := case when (v_first.account_id, v_first.asked) = (p_account, p_amount) then 'replayed' else 'conflict' end;
    cancelled := v_first.cancelled;
    return;
  end if;
  cancelled := 0;
  for v_taking in
    select * from taking t where account_id = p_account and t.taken + t.cancelled < amount order by id desc
  loop
    v_part := least(p_amount - cancelled, v_taking.amount - v_taking.taken - v_taking.cancelled);
    update taking t set cancelled = t.cancelled + v_part where id = v_taking.id;
    cancelled := cancelled + v_part;
  end loop;
  update ledger_account account
  set owed = owed - ledger_forgive.cancelled, frozen = frozen_by_operator or owed > ledger_forgive.cancelled
  where id = p_account and ledger_forgive.cancelled > 0;
  insert into taking_return (id, account_id, kind, reference, asked, counted, cancelled, credited, note, created_at)
  values (p_id, p_account, 'forgiveness', p_reference, p_amount, 0, ledger_forgive.cancelled, 0, p_note,
    coalesce(p_now, clock_timestamp()));
  outcome := 'posted';
end $$;

-- One attempt to buy credits. Amounts are running totals: what came for good, what of it was undone, what its payer got back.
create table payment_order (
  id uuid primary key,
  account_id uuid not null references account (id),
  -- Who asked for it; null: a key, the server itself, or nobody (money that came by itself).
  person_id uuid references person (id),
  rail text not null check (rail in ('card', 'crypto', 'x402')),
  -- What its rail names it by: the same order for the same key.
  key text unique,
  state text not null check (state in ('created', 'pending', 'paid', 'credited', 'expired', 'failed', 'underpaid',
    'overpaid', 'late', 'refunded', 'disputed', 'reversed')),
  -- Worth of the credits; 0: whatever comes, less the fee.
  amount bigint not null check (amount >= 0),
  fee bigint not null check (fee >= 0),
  fee_bps integer not null check (fee_bps between 0 and 10000),
  fee_fixed bigint not null check (fee_fixed >= 0),
  -- Everything that is known of the payment, from which the state and the ledger's part follow.
  facts jsonb not null,
  -- Credited so far, and what of it was taken back for each reason.
  credited bigint not null default 0 check (credited >= 0),
  taken_refund bigint not null default 0 check (taken_refund >= 0),
  taken_dispute bigint not null default 0 check (taken_dispute >= 0),
  taken_reversal bigint not null default 0 check (taken_reversal >= 0),
  credited_transfer_id uuid references transfer (id),
  -- For how many days its credits are neither paid out nor traded.
  held_days integer not null default 0 check (held_days >= 0),
  -- Where its payer goes to pay.
  pay jsonb,
  receipt_url text,
  invoice_url text,
  -- Why the operator has to look at it.
  review text,
  sequence integer not null default 0,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  expires_at timestamptz,
  check (taken_refund + taken_dispute + taken_reversal <= credited),
  check ((credited > 0) = (credited_transfer_id is not null))
);
create index payment_order_of on payment_order (account_id, id);
create index payment_order_review on payment_order (id) where review is not null;
create index payment_order_open on payment_order (expires_at) where state in ('created', 'pending');

-- Everything that happened to an order; what its payer reads. The same key again changes nothing.
create table payment_event (
  order_id uuid not null references payment_order (id),
  sequence integer not null,
  at timestamptz not null,
  key text not null,
  kind text not null,
  state text not null,
  data jsonb not null,
  primary key (order_id, sequence),
  unique (order_id, key)
);

-- A refund that somebody asked for here: its credits are taken first, then its rail is asked.
create table payment_refund (
  id uuid primary key,
  order_id uuid not null references payment_order (id),
  person_id uuid references person (id),
  amount bigint not null check (amount > 0),
  state text not null check (state in ('asked', 'sent', 'by_hand', 'refused')),
  problem text,
  attempts integer not null default 0,
  next_at timestamptz,
  created_at timestamptz not null,
  ended_at timestamptz
);
create index payment_refund_of on payment_refund (order_id, id);
create index payment_refund_due on payment_refund (next_at) where state = 'asked';
