import { randomBytes } from 'node:crypto'
import type { Clock } from '../../../src/core/clock.ts'
import { generationId, idSource, type Uuid } from '../../../src/core/ids.ts'
import { nanoUsd, toUsdPerMillion } from '../../../src/core/money.ts'
import { numbersFrom } from '../../../src/core/random.ts'
import { createAccount, issueKey } from '../../../src/accounts/index.ts'
import { type CatalogSnapshot, openCatalog } from '../../../src/catalog/index.ts'
import {
  billOf,
  ensureChargePartitions,
  openBatchLane,
  registerProcess,
  sumUpUsage,
} from '../../../src/credits/index.ts'
import { openSecrets } from '../../../src/platform/secrets.ts'
import { clock } from '../clock.ts'
import type { Scope } from '../scope.ts'
import { openStage, type Stage } from '../stage.ts'
import { type Caller, callers, type Drawn, drawCalls } from './seed-calls.ts'

const secret = 'a secret of servers that are shown, never of one that serves'
const secrets = openSecrets(secret, { bytes: (length) => randomBytes(length) })
const dayMs = 86_400_000
const weeks = 3

export type Seeded = {
  readonly stage: Stage
  /** The account whose pages are shown; the operator's person owns it. */
  readonly accountId: Uuid
  readonly operatorId: Uuid
  /** By the name of the key. */
  readonly keys: ReadonlyMap<string, Uuid>
  /** A call that went to its second provider, and one that failed. */
  readonly rescued: string
  readonly failed: string
  /** What stands behind the # of an invitation's link, with the #. */
  readonly invitation: string
}

/** A server as it looks after three weeks of a small company's calls. The same numbers each time, up to this moment. */
export async function openSeeded(scope: Scope): Promise<Seeded> {
  const stage = await openStage(scope, {
    REDPILL_SECRET: secret,
    REDPILL_PROBES: 'off',
    OPENAI_API_KEY: 'sk-shown-only',
    ANTHROPIC_API_KEY: 'sk-ant-shown-only',
    GEMINI_API_KEY: 'shown-only',
    GROQ_API_KEY: 'gsk_shown_only',
    MISTRAL_API_KEY: 'shown-only',
  })
  const { accountId, keys } = await makeCompany(stage)
  const calls = await writeHistory(stage, accountId, keys)
  await setLimits(stage, keys)
  await addNeighbours(stage)
  const { manage } = stage.server()
  const { data } = await manage<{ data: { account: { id: Uuid } } }>('GET', '/whoami')
  const invited = { email: 'lena@northwind.example', role: 'developer' }
  const { link } = await manage<{ link: string }>('POST', `/accounts/${accountId}/invitations`, invited)
  return { stage, accountId, operatorId: data.account.id, keys, ...calls, invitation: new URL(link).hash }
}

const chance = { bytes: (length: number) => randomBytes(length) }
const makeId = idSource(clock, chance)

/** An account with a past: made three weeks ago, with credits that were bought and some that were given. */
async function makeCompany({ database }: Stage) {
  const { db, pool } = database
  const createdAt = new Date(clock.nowMs() - weeks * 7 * dayMs - 3_600_000)
  const { id: accountId } = await createAccount(db, {
    id: makeId(),
    name: 'Northwind Labs',
    kind: 'customer',
    createdAt,
  })
  const keys = new Map<string, Uuid>()
  for (const { name } of callers) {
    const issued = await issueKey(
      db,
      { id: makeId(), accountId, kind: 'inference', name, createdAt },
      { secrets, chance },
    )
    if (issued.kind !== 'issued') throw new Error('the account was made just before')
    keys.set(name, issued.key.id)
  }
  const credit = (code: string, kind: string, usd: number, daysAgo: number, note: string) =>
    pool.query(
      `select ledger_transfer($1::uuid, $2, $1::uuid::text, platform.id, $3, $4, null, $5, $6, $7)
      from ledger_account platform where platform.code = $8`,
      [
        ...[makeId(), code === 'promo' ? 'grant' : 'purchase', accountId, usd * 1_000_000_000, note],
        ...[
          JSON.stringify({ kind, refundable: kind === 'purchased' }),
          new Date(clock.nowMs() - daysAgo * dayMs),
          code,
        ],
      ],
    )
  await credit('promo', 'granted', 5, weeks * 7 + 0.02, 'Welcome to RedPill')
  await credit('clearing:stripe', 'purchased', 50, weeks * 7, 'Card ending in 4242')
  await pool.query(
    `insert into member (account_id, person_id, role, created_at)
    select $1, person_id, 'owner', $2 from member join account on account.id = member.account_id where account.kind = 'operator'`,
    [accountId, createdAt],
  )
  return { accountId, keys }
}

/** Every call through the ledger itself, at the times when they would have been made. */
async function writeHistory({ database }: Stage, accountId: Uuid, keys: ReadonlyMap<string, Uuid>) {
  const { db } = database
  let nowMs = clock.nowMs() - weeks * 7 * dayMs
  for (let ms = nowMs; ms < clock.nowMs() + 7 * dayMs; ms += 7 * dayMs) await ensureChargePartitions(db, new Date(ms))
  const past: Clock = { nowMs: () => nowMs, monotonicMs: clock.monotonicMs }
  const processId = makeId()
  await registerProcess(db, { id: processId, host: 'seed', pid: process.pid })
  const lane = openBatchLane({ database, clock: past, processId, ledgerNow: () => new Date(nowMs) })
  const catalog = await openCatalog({ database, secrets })
  const makePastId = idSource(past, chance)
  const marked = { rescued: '', failed: '' }
  for (const drawn of drawCalls(numbersFrom(20_261_128), nowMs, clock.nowMs())) {
    nowMs = drawn.atMs
    const callId = makePastId()
    const keyId = keys.get(drawn.caller.name)!
    const settle = receiptOf(catalog.current(), drawn)
    await lane.reserve({
      ...{ callId, accountId, keyId, amountMin: settle.cost, amountWanted: nanoUsd(settle.cost * 2n + 1_000n) },
      expiresAtMs: nowMs + 60_000,
      context: { modelId: drawn.model, endpoint: 'chat' },
    })
    nowMs += settle.durationMs
    await lane.settle({ callId, ...settle })
    if (drawn.outcome === 'failed') marked.failed = generationId(callId)
    if (drawn.outcome === 'rescued') marked.rescued = generationId(callId)
  }
  await lane.close()
  await catalog.close()
  await sumUpUsage(db)
  return marked
}

const statuses = { ok: 200, rescued: 200, aborted: 499, failed: 502 } as const

/** The receipt as the gateway would have written it. */
function receiptOf(catalog: CatalogSnapshot, { atMs, model, outcome, units, firstByteMs, durationMs, caller }: Drawn) {
  const offer = catalog.offersOf(model)[0]
  if (!offer) throw new Error(`the price list has no ${model} any more: draw another model`)
  const bill = billOf(outcome === 'failed' ? {} : units, catalog.pricesOf(offer, clock.nowMs()))
  if (bill.kind !== 'billed') throw new Error(`${model} has no price for ${bill.classes.join(', ')}`)
  const status = statuses[outcome]
  const state = outcome === 'rescued' ? ('ok' as const) : outcome
  const attempt = { offer_id: offer.id, provider: offer.providerName, own_key: false, why: 'the cheapest', status }
  const refused = { ...attempt, provider: 'a-nearer-one', after_ms: 2, ms: 340, outcome: 'status 503', status: 503 }
  const last = { ...attempt, after_ms: 345, ms: durationMs, outcome: outcome === 'failed' ? 'status 502' : 'answered' }
  return {
    ...{ state, status, modelId: model, provider: offer.providerName, offerId: offer.id, cost: bill.cost, firstByteMs },
    ...{ units: outcome === 'failed' ? {} : units, promptBytes: (units.input ?? 0) * 4, providerShareBps: 0 },
    durationMs,
    usageSource: outcome === 'aborted' ? ('counted' as const) : ('provider' as const),
    detail: {
      ...{ endpoint: 'chat', api: 'chat/completions', streamed: caller.streams, requested_model: model },
      request_id: `req-${atMs.toString(36)}`,
      upstream_model: offer.upstreamModel,
      ...(outcome !== 'failed' && { finish_reason: 'stop' }),
      labels: { app_title: caller.app, user: caller.user },
      parameters: { temperature: 0.2, max_tokens: 2_000 },
      attempts: outcome === 'rescued' ? [refused, last] : [{ ...last, after_ms: 2 }],
      lines: bill.lines.map((line) => ({
        ...{ class: line.class, units: line.units, price_id: line.priceId },
        usd_per_million: toUsdPerMillion(line.perMillion),
      })),
    },
  }
}

/** Other customers of the same server. */
async function addNeighbours({ server }: Stage): Promise<void> {
  const { manage } = server()
  for (const [name, credits] of [
    ['Contoso Research', '250000000'],
    ['Fabrikam', '18500000'],
    ['Litware', '900000'],
  ] as const) {
    const { data } = await manage<{ data: { id: string } }>('POST', '/accounts', { name })
    await manage('POST', `/accounts/${data.id}/grants`, { credits, reason: 'Trial' })
  }
}

/** Limits as people set them: one with room, one that is nearly used. */
async function setLimits({ server }: Stage, keys: ReadonlyMap<string, Uuid>): Promise<void> {
  const { manage } = server()
  const limited: [Caller['name'], number][] = [
    ['Support assistant', 1.06],
    ['Nightly summaries', 2.4],
  ]
  for (const [name, room] of limited) {
    const id = keys.get(name)!
    const { data } = await manage<{ data: { spent_credits: string } }>('GET', `/keys/${id}`)
    const limit = Math.ceil((Number(data.spent_credits) * room) / 100_000) * 100_000
    await manage('PATCH', `/keys/${id}`, { limit_credits: String(limit), limit_window: 'month' })
  }
  await manage('PATCH', `/keys/${keys.get('Old prototype')!}`, { disabled: true })
}
