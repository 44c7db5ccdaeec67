import type { Clock } from '../core/clock.ts'
import type { Uuid } from '../core/ids.ts'
import { generationId } from '../core/ids.ts'
import { purgeSignIns } from '../accounts/index.ts'
import { purgeIdempotency } from '../api/index.ts'
import { purgeCachedAnswers, purgeIdempotentCalls, purgeStoredResponses } from '../gateway/index.ts'
import {
  ensureChargePartitions,
  expireLots,
  foldPlatformAccounts,
  forfeitRests,
  heartbeat,
  reconcile,
  recoverLostCalls,
  registerProcess,
  removeProcess,
  sumUpUsage,
} from '../credits/index.ts'
import type { Database, Db } from '../platform/database/index.ts'
import { reportEveryMs, reportJobs, startJobs, type Job, type Jobs, withdrawJobReport } from '../platform/jobs/index.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Secrets } from '../platform/secrets.ts'
import { deliverDue, purgeDeliveries, watchCredits, watchUse } from '../webhooks/index.ts'
import type { Outside } from './outside.ts'

export type GatewayJobsOptions = {
  readonly outside: Outside
  readonly database: Database
  readonly secrets: Secrets
  readonly processId: Uuid
  readonly metrics: Metrics
  /** Work of rooms that are open. */
  readonly more: readonly Job[]
}

const secondMs = 1_000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
/** Accounts that the standing reconciliation looks at each minute. */
const sampleAccounts = 100

/**
 * Makes the process known to the ledger, takes up what dead siblings left, and keeps the standing work going. Every
 * process runs all of it: the SQL of each job decides who does what.
 */
export async function startGatewayJobs(options: GatewayJobsOptions): Promise<Jobs> {
  const { outside, database, secrets, processId, metrics } = options
  const { log, clock, host, pid, isGone } = outside
  const { db } = database
  await registerProcess(db, { id: processId, host, pid })
  await ensureChargePartitions(db, new Date(clock.nowMs()))

  async function recover(): Promise<void> {
    for (const call of await recoverLostCalls(db, { processId, host, isGone })) {
      log.warn('an interrupted call was settled', {
        generation: generationId(call.callId),
        account: call.accountId,
        charged_nano_usd: call.charged.toString(),
      })
    }
  }

  async function check(sample?: number): Promise<void> {
    const { ok, invariants } = await reconcile(database, sample === undefined ? {} : { sampleAccounts: sample })
    if (ok) return
    for (const { id, ok: holds, promise, detail } of invariants) {
      if (!holds) log.error('the ledger does not reconcile', { invariant: id, promise, detail })
    }
  }

  const report = (): Promise<void> => reportJobs(db, { id: processId, host, pid }, running.states(), clock)

  await recover()
  const jobs: readonly Job[] = [
    { name: 'heartbeat', everyMs: 5 * secondMs, run: () => heartbeat(db, processId) },
    { name: 'recover', everyMs: 5 * secondMs, run: recover },
    { name: 'fold', everyMs: 10 * secondMs, run: () => foldPlatformAccounts(db) },
    { name: 'sum-up-usage', everyMs: 10 * secondMs, run: () => sumUpUsage(db) },
    { name: 'expire-lots', everyMs: minuteMs, run: () => expireLots(db, outside.makeId) },
    {
      name: 'forfeit-rests',
      everyMs: minuteMs,
      run: () => forfeitRests(db, outside.makeId, new Date(clock.nowMs())),
    },
    { name: 'reconcile-sample', everyMs: minuteMs, run: () => check(sampleAccounts) },
    { name: 'reconcile', everyMs: 24 * hourMs, run: () => check() },
    { name: 'partitions', everyMs: hourMs, run: () => ensureChargePartitions(db, new Date(clock.nowMs())) },
    ...tellers(db, outside, secrets),
    ...purges(db, clock),
    { name: 'pool', everyMs: secondMs, run: () => Promise.resolve(metrics.poolWaiting(database.pool.waitingCount)) },
  ]
  const running: Jobs = startJobs(
    [...jobs, ...options.more, { name: 'report-jobs', everyMs: reportEveryMs, run: report }],
    log,
    clock,
  )
  await report()
  return {
    ...running,
    async stop() {
      await running.stop()
      await withdrawJobReport(db, processId)
      await removeProcess(db, processId)
    },
  }
}

/** What looks for news that somebody wants to hear, and takes it to them. */
const tellers = (db: Db, outside: Outside, secrets: Secrets): readonly Job[] => [
  {
    name: 'watch-credits',
    everyMs: 5 * secondMs,
    run: () => watchCredits(db, { ...outside, mails: isMailed(outside) }),
  },
  { name: 'watch-use', everyMs: 15 * secondMs, run: () => watchUse(db, outside) },
  { name: 'webhooks', everyMs: 2 * secondMs, run: () => deliverDue(db, { clock: outside.clock, secrets }) },
]

/** What need not be kept any longer. */
const purges = (db: Db, clock: Clock): readonly Job[] => [
  { name: 'purge-deliveries', everyMs: hourMs, run: () => purgeDeliveries(db, clock) },
  { name: 'purge-idempotency', everyMs: hourMs, run: () => purgeIdempotency(db, clock) },
  { name: 'purge-idempotent-calls', everyMs: minuteMs, run: () => purgeIdempotentCalls(db, clock) },
  { name: 'purge-stored-responses', everyMs: minuteMs, run: () => purgeStoredResponses(db, clock) },
  { name: 'purge-cached-answers', everyMs: minuteMs, run: () => purgeCachedAnswers(db, clock) },
  { name: 'purge-sign-ins', everyMs: minuteMs, run: () => purgeSignIns(db, clock) },
]

const isMailed = ({ config }: Outside): boolean => config.signIn.mail !== undefined
