import { type RawBuilder, sql } from 'kysely'
import type { Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'

/** Which accounts to look at; `undefined`: all. */
export type Sample = readonly Uuid[] | undefined

/** One sentence per row that breaks a promise, at most five. */
export type Finder = (db: Db, sample: Sample, now: Date | null) => Promise<string[]>

async function offences(db: Db, query: RawBuilder<unknown>): Promise<string[]> {
  const { rows } = await sql<{ offence: string }>`select offence from (${query}) found limit 5`.execute(db)
  return rows.map(({ offence }) => offence)
}

const within = (column: string, sample: Sample) =>
  sample ? sql`${sql.ref(column)} = any (${sample}::uuid[])` : sql`true`

/** Reading everything may take longer than any other statement is given; ends with the transaction. */
export async function liftTimeout(tx: Db): Promise<void> {
  await sql`set local statement_timeout = 0`.execute(tx)
}

/** Accounts chosen by chance, among those whose history is short enough to be read in a moment. */
export async function sampleAccounts(db: Db, count: number, movementsMax: bigint): Promise<Uuid[]> {
  const { rows } = await sql<{ id: Uuid }>`
    select id from ledger_account
    where kind = 'customer' and version <= ${movementsMax} order by random() limit ${count}`.execute(db)
  return rows.map(({ id }) => id)
}

export const findUnequalSums: Finder = (db) =>
  offences(
    db,
    sql`
    select format('debits are %s, credits %s', debits, credits) as offence from (
      select sum(debits) as debits, sum(credits) as credits from (
        select debits_posted as debits, credits_posted as credits from ledger_account
        union all select debits, credits from ledger_delta
      ) posted
    ) total where debits <> credits`,
  )

/** I2: what an account's row says against what its charges, transfers and holds add up to. */
export const findWrongBalances: Finder = (db, sample) =>
  offences(
    db,
    sql`
    with settled as (
      select account_id, sum(charged) as charged from charge where ${within('account_id', sample)} group by account_id
    ),
    moved as (
      select account_id, sum(amount) filter (where debit_account = account_id) as debited,
        sum(amount) filter (where credit_account = account_id) as credited
      from transfer where ${within('account_id', sample)} group by account_id
    ),
    open as (
      select account_id, sum(amount) as held from hold where ${within('account_id', sample)} group by account_id
    ),
    due as (
      select account.*, coalesce(charged, 0) + coalesce(debited, 0) as debits_due, coalesce(credited, 0) as credits_due,
        coalesce(held, 0) as pending_due
      from ledger_account account
      left join settled on settled.account_id = account.id
      left join moved on moved.account_id = account.id
      left join open on open.account_id = account.id
      where account.kind = 'customer' and ${within('account.id', sample)}
    )
    select format('account %s: row says debits %s, credits %s, pending %s; movements say %s, %s, %s', id, debits_posted,
      credits_posted, debits_pending, debits_due, credits_due, pending_due) as offence
    from due where (debits_posted, credits_posted, debits_pending) is distinct from (debits_due, credits_due, pending_due)`,
  )

export const findOverdrawn: Finder = (db, sample) =>
  offences(
    db,
    sql`
    select format('account %s is overdrawn by %s', id, debits_posted + debits_pending - credits_posted) as offence
    from ledger_account
    where kind = 'customer' and credits_posted - debits_posted - debits_pending < 0 and ${within('id', sample)}
    union all
    select 'the constraint never_overdrawn is gone' where not exists (
      select from pg_constraint
      where conname = 'never_overdrawn' and conrelid = 'ledger_account'::regclass and convalidated)`,
  )

/** I4: what a key's row says against its charges and holds, in its window and ever. */
export const findWrongBudgets: Finder = (db, sample) =>
  offences(
    db,
    sql`
    with settled as (
      select key_id, sum(charged) as spent, sum(charged) filter (where counted_at >= window_start) as spent_in
      from charge join key_budget using (key_id) where ${within('charge.account_id', sample)} group by key_id
    ),
    open as (
      select key_id, sum(amount) as held, sum(amount) filter (where hold.window_start = budget.window_start) as held_in
      from hold join key_budget budget using (key_id) where ${within('hold.account_id', sample)} group by key_id
    ),
    due as (
      select budget.*, coalesce(spent, 0) as spent, coalesce(held, 0) as held, coalesce(spent_in, 0) as spent_in,
        coalesce(held_in, 0) as held_in
      from key_budget budget left join settled using (key_id) left join open using (key_id)
      where ${within('budget.account_id', sample)}
    )
    select format('key %s: row says spent %s, held %s, in its window %s, %s; calls say %s, %s, %s, %s', key_id,
      total_spent, total_held, window_spent, window_held, spent, held, spent_in, held_in) as offence
    from due
    where (total_spent, total_held, window_spent, window_held) is distinct from (spent, held, spent_in, held_in)
    union all
    select format('key %s has spent %s and holds %s of a limit of %s', key_id, window_spent, window_held, limit_nano)
    from key_budget
    where window_spent + window_held > limit_nano and not lowered and ${within('account_id', sample)}`,
  )

/** I5: the time in the id makes the primary key of `charge` unique over all partitions, as long as it is that time. */
export const findDoubleCalls: Finder = (db, sample) =>
  offences(
    db,
    sql`
    select format('call %s is charged %s times', call_id, count(*)) as offence
    from charge where ${within('account_id', sample)} group by call_id having count(*) > 1
    union all
    select format('call %s is not filed under its own time', call_id)
    from charge where at <> ledger_call_time(call_id) and ${within('account_id', sample)}
    union all
    select format('call %s is charged and still held', call_id)
    from hold join charge using (call_id) where ${within('hold.account_id', sample)}`,
  )

export const findWrongParts: Finder = (db, sample) =>
  offences(
    db,
    sql`
    select format('call %s: charged %s and shortfall %s, but %s owed to the provider', call_id, charged, shortfall,
      provider_amount) as offence
    from charge
    where (provider_amount > charged + shortfall or least(charged, shortfall, provider_amount) < 0)
      and ${within('account_id', sample)}`,
  )

export const findRepeatedReferences: Finder = (db, sample) =>
  offences(
    db,
    sql`
    select format('%s %s was posted %s times', kind, reference, count(*)) as offence
    from transfer where ${within('account_id', sample)} group by kind, reference having count(*) > 1
    union all
    select format('lot %s is not what its transfer brought in', transfer_id)
    from lot left join transfer on transfer.id = lot.transfer_id and transfer.credit_account = lot.account_id
    where transfer.amount is distinct from lot.amount and ${within('lot.account_id', sample)}
    union all
    select format('transfer %s was taken back beyond its amount', reversed.id)
    from transfer reversed
    where (select sum(amount) from transfer where reverses_id = reversed.id) > reversed.amount
      and ${within('reversed.account_id', sample)}`,
  )

/** I8: each platform account against the charges and transfers that name it. */
export const findWrongPlatformAccounts: Finder = (db) =>
  offences(
    db,
    sql`
    with posted as (
      select account.id, code, debits_posted + coalesce(sum(debits), 0) as debits,
        credits_posted + coalesce(sum(credits), 0) as credits
      from ledger_account account left join ledger_delta using (code) where kind = 'platform' group by account.id
    ),
    called as (
      select coalesce(sum(charged + shortfall - provider_amount), 0) as revenue,
        coalesce(sum(provider_amount), 0) as provider_cost, coalesce(sum(shortfall), 0) as shortfall
      from charge
    ),
    due as (
      select posted.*,
        coalesce((select sum(amount) from transfer where debit_account = posted.id), 0)
          + case code when 'shortfall' then shortfall else 0 end as debits_due,
        coalesce((select sum(amount) from transfer where credit_account = posted.id), 0)
          + case code when 'revenue' then revenue when 'provider-cost' then provider_cost else 0 end as credits_due
      from posted cross join called
    )
    select format('%s: debits %s, credits %s; movements say %s, %s', code, debits, credits, debits_due, credits_due) as offence
    from due where (debits, credits) is distinct from (debits_due, credits_due)
    union all
    select format('deltas of %s, which is no account', code) from ledger_delta
    where not exists (select from ledger_account account where account.code = ledger_delta.code)`,
  )

/** I9: nobody can change history unseen: the triggers stand, and every statement is an unbroken chain. */
export const findBrokenHistory: Finder = (db, sample) =>
  offences(
    db,
    sql`
    select format('trigger %s on %s is missing or disabled', wanted.name, wanted.relation) as offence
    from (
      select 'charge_immutable' as name, relid::regclass as relation from pg_partition_tree('charge')
      union all values ('charge_kept', 'charge'::regclass), ('transfer_immutable', 'transfer'), ('transfer_kept', 'transfer')
    ) wanted
    where not exists (
      select from pg_trigger where tgrelid = wanted.relation and tgname = wanted.name and tgenabled in ('O', 'A'))
    union all
    select format('account %s: its statement breaks at movement %s', account_id, sequence)
    from (
      select account_id, sequence, balance_after, row_number() over earlier as place, sum(amount) over earlier as balance
      from (
        select account_id, sequence, balance_after, -charged as amount from charge
        where sequence is not null and ${within('account_id', sample)}
        union all
        select account_id, sequence, balance_after, case when credit_account = account_id then amount else -amount end
        from transfer where ${within('account_id', sample)}
      ) movement
      window earlier as (partition by account_id order by sequence rows unbounded preceding)
    ) chain
    where sequence <> place or balance_after <> balance
    union all
    select format('account %s: its row is at movement %s, its statement ends at %s', id, version, last)
    from ledger_account account
    cross join lateral (
      select greatest((select max(sequence) from charge where account_id = account.id),
        (select max(sequence) from transfer where account_id = account.id), 0) as last
    ) statement
    where kind = 'customer' and version <> last and ${within('account.id', sample)}`,
  )

export const findForgottenHolds =
  (graceMs: number): Finder =>
  (db, sample, now) =>
    offences(
      db,
      sql`
    select format('call %s is held since %s, and expired at %s', call_id, held_at, expires_at) as offence
    from hold
    where expires_at < coalesce(${now}::timestamptz, now()) - ${graceMs} * interval '1 millisecond'
      and ${within('account_id', sample)}`,
    )

/** I11: what an account's row says it owes against what was to be taken back, and each taking against its transfers. */
export const findWrongDebts: Finder = (db, sample) =>
  offences(
    db,
    sql`
    with due as (
      select account_id, sum(amount - taken - cancelled) as owed, sum(cancelled) as cancelled, sum(returned) as returned
      from taking where ${within('account_id', sample)} group by account_id
    ),
    undone as (
      select account_id, sum(cancelled) as cancelled, sum(credited) as credited
      from taking_return where ${within('account_id', sample)} group by account_id
    )
    select format('account %s: row says it owes %s, takings say %s', id, account.owed, coalesce(due.owed, 0)) as offence
    from ledger_account account left join due on due.account_id = account.id
    where account.kind = 'customer' and account.owed <> coalesce(due.owed, 0) and ${within('account.id', sample)}
    union all
    select format('account %s: takings say %s cancelled and %s returned, returns say %s and %s', account_id, due.cancelled,
      due.returned, coalesce(undone.cancelled, 0), coalesce(undone.credited, 0))
    from due left join undone using (account_id)
    where (due.cancelled, due.returned) is distinct from (coalesce(undone.cancelled, 0), coalesce(undone.credited, 0))
    union all
    select format('account %s owes and is not frozen', id) from ledger_account
    where owed > 0 and not frozen and ${within('id', sample)}
    union all
    select format('taking %s says %s were taken, its transfers %s', taking.id, taking.taken, coalesce(sum(transfer.amount), 0))
    from taking left join taking_part part on part.taking_id = taking.id left join transfer on transfer.id = part.transfer_id
    where ${within('taking.account_id', sample)} group by taking.id
    having taking.taken <> coalesce(sum(transfer.amount), 0)
    union all
    select format('return %s credited %s, its transfer %s', undone.id, undone.credited, coalesce(transfer.amount, 0))
    from taking_return undone left join transfer on transfer.id = undone.id and transfer.kind = 'restoration'
    where undone.credited <> coalesce(transfer.amount, 0) and ${within('undone.account_id', sample)}`,
  )
