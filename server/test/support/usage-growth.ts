import { randomBytes } from 'node:crypto'
import { createAccount, issueKey } from '../../src/accounts/index.ts'
import { idSource, type Uuid } from '../../src/core/ids.ts'
import { ensureChargePartitions } from '../../src/credits/index.ts'
import type { Database } from '../../src/platform/database/index.ts'
import type { Secrets } from '../../src/platform/secrets.ts'
import { clock } from './clock.ts'
import { makeCustomers } from './ledger-growth.ts'

export type GrownUsage = {
  readonly big: Uuid
  /** Of the big account: its busiest key, one in the middle, and the secret of its management key. */
  readonly busiestKey: Uuid
  readonly quietKey: Uuid
  readonly secret: string
  /** One of its calls, and the model that its busiest key calls most. */
  readonly call: Uuid
  readonly busiestModel: string
}

export type UsageGrowth = {
  readonly calls: number
  readonly smallCalls: number
  readonly smallAccounts: number
  readonly secrets: Pick<Secrets, 'hmac'>
}

const dayMs = 86_400_000
export const spanDays = 90
const keys = 200

const chance = { bytes: (length: number) => randomBytes(length) }
const makeId = idSource(clock, chance)

/**
 * Writes calls of the last 90 days into a database that was bootstrapped: of one account with 200 keys and 40 models, and of
 * small ones beside it. The ledger of the big account reconciles afterwards, sequence by sequence.
 */
export async function growUsage(database: Database, growth: UsageGrowth): Promise<GrownUsage> {
  const { calls, smallCalls, smallAccounts, secrets } = growth
  const { db, pool } = database
  for (let ago = spanDays + 1; ago >= 0; ago -= 7)
    await ensureChargePartitions(db, new Date(clock.nowMs() - ago * dayMs))
  const createdAt = new Date(clock.nowMs() - (spanDays + 1) * dayMs)
  const { id: big } = await createAccount(db, { id: makeId(), name: 'Big', kind: 'customer', createdAt })
  const issue = async (kind: 'inference' | 'management', name: string) => {
    const issued = await issueKey(db, { id: makeId(), accountId: big, kind, name, createdAt }, { secrets, chance })
    if (issued.kind !== 'issued') throw new Error('the account is there')
    return issued
  }
  const keyIds: Uuid[] = []
  for (let n = 0; n < keys; n++) keyIds.push((await issue('inference', `key ${n}`)).key.id)
  const { secret } = await issue('management', 'manager')
  const small = await makeCustomers(database, smallAccounts)
  await pool.query(nameAccounts, [small.map(({ account }) => account), createdAt])
  await pool.query('create table caller (n serial primary key, account uuid, key uuid)')
  await pool.query('insert into caller (account, key) select $1, * from unnest($2::uuid[])', [big, keyIds])
  await pool.query('insert into caller (account, key) select * from unnest($1::uuid[], $2::uuid[])', [
    small.map(({ account }) => account),
    small.map(({ key }) => key),
  ])
  await pool.query(fundTheBig, [big, (spanDays + 1) * dayMs])
  await pool.query(writeCalls, [calls + smallCalls, calls, keys, smallAccounts, spanDays * dayMs])
  await pool.query('drop table caller')
  await pool.query(makeModels, [models])
  await pool.query(makePrices, [models])
  await pool.query(writeAudit, [big, calls / 10, spanDays * dayMs])
  await pool.query(writeNotices, [big, keyIds, calls / 100, spanDays * dayMs])
  const { rows } = await pool.query<{ call_id: Uuid }>(
    'select call_id from charge where account_id = $1 order by call_id limit 1',
    [big],
  )
  const of = { big, busiestKey: keyIds[0]!, quietKey: keyIds[keys >> 1]!, call: rows[0]!.call_id }
  return { ...of, secret, busiestModel }
}

const nameAccounts = `
  insert into account (id, name, kind, created_at)
  select id, 'Small ' || n, 'customer', $2 from unnest($1::uuid[]) with ordinality small (id, n)`

const busiestModel = 'vendor-0/model-8'
const models = ['acme/a', busiestModel]

const makeModels = `
  insert into model (id, name, input_modalities, output_modalities, source, created_at)
  select id, id, '{text}', '{text}', 'operator', now() from unnest($1::text[]) id`

const makePrices = `
  insert into price (id, model_id, class, nano_per_million, valid_from, source, created_at)
  select gen_random_uuid(), id, class, 500000000, now(), 'operator', now()
  from unnest($1::text[]) id, unnest(array['input', 'cached_input', 'output']) class`

/** What people and keys changed, oldest first: every other change is one of the account, the rest are of others. */
const writeAudit = `
  insert into audit (id, at, actor, actor_id, actor_account_id, action, target, target_id, account_id, before, after)
  select uuidv7((1 - g / ($2::float8 + 1)) * $3::float8 * interval '-1 ms'), now() - (1 - g / ($2::float8 + 1)) * $3::float8 * interval '1 ms',
    'key', $1, $1, 'updateKey', 'key', gen_random_uuid()::text, case when g % 2 = 0 then $1 else gen_random_uuid() end,
    '{"disabled": false}', '{"disabled": true}'
  from generate_series(1, $2::integer) g`

/** What keys did that they never did before; most of it was dismissed. */
const writeNotices = `
  insert into key_notice (id, account_id, key_id, kind, detail, at, crossing, dismissed_at)
  select uuidv7((1 - g / ($3::float8 + 1)) * $4::float8 * interval '-1 ms'), $1, ($2::uuid[])[1 + g % cardinality($2::uuid[])],
    'model', '{"model": "acme/a"}', now() - (1 - g / ($3::float8 + 1)) * $4::float8 * interval '1 ms', 'bench ' || g,
    case when g % 10 > 0 then now() end
  from generate_series(1, $3::integer) g`

const fundTheBig = `
  select ledger_transfer(uuidv7($2::float8 * interval '-1 ms'), 'grant', 'funds of the big', promo.id, $1, 1000000000000000,
    null, 'a grant', '{"kind": "granted", "refundable": false}', now() - $2::float8 * interval '1 ms')
  from ledger_account promo where promo.code = 'promo'`

/**
 * Calls in the order of time. Who calls: the first of few keys most, and each key mostly one model; days are busier than
 * nights; one in fifty fails. Sequences and balances are those that the ledger would have given.
 */
const writeCalls = `
  with drawn as materialized (
    select g, random() < $2::float8 / $1::float8 as of_big, power(random(), 3) as who, random() as r, random() as chance,
      random() as swing, (exp(5 + 1.2 * random_normal()))::integer as input, (exp(4.5 + 1.0 * random_normal()))::integer as output
    from generate_series(1, $1::integer) g
  ),
  called as materialized (
    select g, uuidv7(($5::float8 * (1 - (g + 0.45 * $1::float8 / 90 * sin(2 * pi() * g * 90 / $1::float8) / (2 * pi()))/ ($1::float8 + 1))) * interval '-1 ms') as call_id,
      case when of_big then 1 + floor($3::float8 * who)::integer else $3::integer + 1 + floor($4::float8 * who)::integer end as n,
      r, chance, swing, input, output
    from drawn
  ),
  priced as materialized (
    select call_id, ledger_call_time(call_id) as at, caller.account, caller.key, chance, swing, input, output,
      1 + ((called.n * 7 + floor(8 * power(r, 4))::integer * 5) % 40) as model
    from called join caller on caller.n = called.n
  ),
  cost as materialized (
    select *, model % 8 as provider_n, case when chance < 0.98 then 1 + (input * 150 + output * 600) * (1 + model % 9) / 10 else 0 end as charged,
      (200 + 40 * model + 300 * swing ^ 3)::integer as first_ms
    from priced
  ),
  summed as materialized (
    select *, row_number() over (partition by account, charged > 0 order by call_id) as place,
      sum(charged) over (partition by account order by call_id) as spent
    from cost
  ),
  receipt as (
    insert into charge (call_id, at, counted_at, settled_at, account_id, key_id, offer_id, sequence, balance_after, held,
      charged, shortfall, provider_amount, input, cached_input, output, prompt_bytes, first_byte_ms, duration_ms, status,
      state, usage_source, model_id, provider, detail)
    select call_id, at, at, at + 2 * interval '1 s', account, key, key,
      case when charged > 0 then account_now.version + place end,
      account_now.credits_posted - account_now.debits_posted - spent, charged + 1000, charged, 0, charged / 2,
      input, case when swing > 0.7 then input / 2 else 0 end, output, input * 4, case when charged > 0 then first_ms end,
      first_ms + output * 12, case when charged > 0 then 200 when swing < 0.4 then 429 when swing < 0.6 then 499 else 502 end,
      case when charged > 0 then 'ok' when swing between 0.4 and 0.6 then 'aborted' else 'failed' end, 'provider',
      'vendor-' || provider_n || '/model-' || model, 'provider-' || provider_n,
      jsonb_build_object('request_id', 'req-' || call_id, 'endpoint', 'chat', 'api', 'chat/completions', 'streamed', swing < 0.7,
        'requested_model', 'model-' || model, 'finish_reason', case when swing < 0.9 then 'stop' else 'length' end,
        'upstream_model', 'model-' || model, 'labels', jsonb_build_object('user', 'user-' || (swing * 300)::integer, 'app_title', 'App ' || (swing * 9)::integer),
        'attempts', jsonb_build_array(jsonb_build_object('offer_id', key, 'provider', 'provider-' || provider_n, 'why', 'the cheapest', 'after_ms', 1, 'ms', first_ms + output * 12, 'first_byte_ms', first_ms, 'outcome', 'answered', 'status', 200)),
        'routing', jsonb_build_object('untried', jsonb_build_array(jsonb_build_object('offer_id', key, 'provider', 'another', 'why', 'dearer')), 'excluded', '[]'::jsonb),
        'parameters', jsonb_build_object('temperature', 0.2, 'max_tokens', 1000, 'messages', 3),
        'lines', jsonb_build_array(jsonb_build_object('class', 'input', 'units', input, 'price_id', key, 'usd_per_million', '0.15'), jsonb_build_object('class', 'output', 'units', output, 'price_id', key, 'usd_per_million', '0.6')),
        'prompt_tokens_bound', input * 2, 'upstream_id', 'chatcmpl-' || key,
        'provider_usage', jsonb_build_object('prompt_tokens', input, 'completion_tokens', output, 'total_tokens', input + output))
    from summed join ledger_account account_now on account_now.id = summed.account
    order by call_id
  ),
  moved as (
    update ledger_account set debits_posted = debits_posted + by_account.charged, version = version + by_account.movements
    from (select account, sum(charged) as charged, count(*) filter (where charged > 0) as movements from summed group by account) by_account
    where id = by_account.account
  )
  update key_budget set total_spent = total_spent + by_key.charged, window_spent = window_spent + by_key.charged
  from (select key, sum(charged) as charged from summed group by key) by_key
  where key_id = by_key.key`
