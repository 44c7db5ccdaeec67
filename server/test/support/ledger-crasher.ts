/**
 * One of the processes that ledger-crash.test.ts kills: it makes calls at random, tells each step on its standard output
 * before and after, and takes up what dead siblings left. `ledger-crasher.ts PLAN`, where PLAN is JSON.
 */
import { writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { AppError } from '../../src/core/errors.ts'
import type { Uuid } from '../../src/core/ids.ts'
import { type NanoUsd, nanoUsd } from '../../src/core/money.ts'
import { foldPlatformAccounts, openBatchLane, recoverLostCalls, registerProcess } from '../../src/credits/index.ts'
import { openDatabase, startEmbeddedPostgres } from '../../src/platform/database/index.ts'
import { clock } from './clock.ts'
import { makeId, reserveOf, settleOf } from './ledger-fixture.ts'
import type { Event } from './ledger-history.ts'
import { randomSource } from './ledger-random.ts'

export type Plan = {
  readonly dataDir: string
  readonly processId: Uuid
  readonly seed: number
  readonly keys: readonly { readonly account: Uuid; readonly key: Uuid }[]
}

const callsAtOnce = 20
const host = 'crash-test'
/** Checkpoints are written once a second; here a second lasts so long, that more of them are cut at odd moments. */
const secondMs = 40

const plan = JSON.parse(process.argv[2]!) as Plan
const random = randomSource(plan.seed)
const postgres = await startEmbeddedPostgres({ dataDir: plan.dataDir, clock })
const database = openDatabase({ connection: postgres.connection, applicationName: host })
const hasty = { ...clock, monotonicMs: () => clock.monotonicMs() * (1_000 / secondMs) }
const lane = openBatchLane({ database, processId: plan.processId, clock: hasty, log: laneSays })

/** Written at once, so that nothing that was said is lost when this process is. */
const say = (event: Event): void => void writeSync(1, `${JSON.stringify(event)}\n`)
const fault = (what: string, error: unknown): void => say({ is: 'fault', what: `${what}: ${String(error)}` })

/** A lost connection is what this test is about; anything else that the lane mentions is not. */
function laneSays(message: string, error: unknown): void {
  const state = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!message.startsWith('a ledger batch got no answer') || state.startsWith('40')) fault(message, error)
}

await register()
void standingWork()
await Promise.all(Array.from({ length: callsAtOnce }, callForEver))

async function callForEver(): Promise<never> {
  for (;;) {
    await call().catch((error: unknown) => {
      // The outcome of what it tried is unknown, and its hold is left to recovery.
      if (!(error instanceof AppError && error.code === 'ledger_unavailable')) fault('a call failed', error)
    })
    await sleep(random.below(10))
  }
}

async function call(): Promise<void> {
  const { account, key } = random.of(plan.keys)
  const id = makeId()
  const least = nanoUsd(1n + BigInt(random.below(1_000)))
  const wanted = nanoUsd(least + BigInt(random.below(3) * random.below(1_000_000)))
  say({ is: 'try-reserve', call: id, account, key, wanted: String(wanted) })
  const reserved = await lane.reserve(reserveOf(id, account, key, least, wanted))
  if (reserved.kind === 'refused') return say({ is: 'got-refusal', call: id })
  if (reserved.kind !== 'held') return fault(id, reserved.kind)
  say({ is: 'got-hold', call: id, amount: String(reserved.amount) })

  const held = await stream(id, reserved.amount)
  const cost = costOf(held)
  const settle = settleOf(id, cost)
  say({ is: 'try-settle', call: id, cost: String(cost), state: settle.state })
  const settled = await lane.settle(settle)
  const [charged, shortfall] =
    settled.kind === 'unknown' ? ['0', '0'] : [settled.charged, settled.shortfall].map(String)
  say({ is: 'got-settle', call: id, kind: settled.kind, charged: charged!, shortfall: shortfall! })
}

/** Some calls end at once; others stream for a while, noting how far they are and growing their hold. */
async function stream(id: Uuid, amount: NanoUsd): Promise<NanoUsd> {
  let held = amount
  let noted = 0n
  const steps = random.below(3) === 0 ? random.below(12) : 0
  for (let step = 0; step < steps; step++) {
    await sleep(random.below(60))
    noted += 1n + (held * BigInt(random.below(120))) / 1_000n // Sometimes beyond the hold.
    say({ is: 'try-note', call: id, cost: String(noted) })
    lane.checkpoint(id, { cost: nanoUsd(noted), units: { input: 100, output: step } })
    if (random.below(3) > 0) continue
    const wanted = nanoUsd(held + BigInt(random.below(500_000)))
    say({ is: 'try-grow', call: id, wanted: String(wanted) })
    const grown = await lane.grow({ callId: id, amountWanted: wanted, expiresAtMs: clock.nowMs() + 600_000 })
    if (grown.kind === 'unknown') fault(id, 'its hold was gone when it grew')
    else {
      held = grown.amount
      say({ is: 'got-hold', call: id, amount: String(held) })
    }
  }
  return held
}

/** Most cost what they hold or less, some nothing, some more. */
function costOf(held: NanoUsd): NanoUsd {
  const kind = random.below(10)
  if (kind === 0) return nanoUsd(0n)
  if (kind === 1) return nanoUsd(held + BigInt(random.below(100_000)))
  return nanoUsd((held * BigInt(1 + random.below(1_000))) / 1_000n)
}

/** What every gateway does all the time, only faster. */
async function standingWork(): Promise<never> {
  for (;;) {
    await sleep(50 + random.below(100))
    await recover().catch(passing)
    await foldPlatformAccounts(database.db).catch(passing)
  }
}

async function recover(): Promise<void> {
  const { processId } = plan
  for (const { callId, charged } of await recoverLostCalls(database.db, { processId, host, isGone }))
    say({ is: 'got-recovery', call: callId, charged: String(charged) })
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch {
    return true
  }
}

/** The database may be away for a moment. That two pieces of work wait for each other must not happen. */
function passing(error: unknown): void {
  if (error instanceof Error && 'code' in error && String(error.code).startsWith('40')) fault('a job failed', error)
}

/** Asks until it is answered: the database may be away, or may have done it without being able to say so. */
async function register(): Promise<void> {
  for (;;) {
    try {
      return await registerProcess(database.db, { id: plan.processId, host, pid: process.pid })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === '23505') return
      await sleep(50)
    }
  }
}
