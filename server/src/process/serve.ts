import { fileURLToPath } from 'node:url'
import { openKeyCache } from '../accounts/index.ts'
import { openApi, openLive } from '../api/index.ts'
import { mountApp } from '../app.ts'
import { openCatalog } from '../catalog/index.ts'
import { openBatchLane } from '../credits/index.ts'
import { openGateway, type Gateway } from '../gateway/index.ts'
import { openLimiter } from '../limits/index.ts'
import type { Clock } from '../core/clock.ts'
import { numbersFrom } from '../core/random.ts'
import { waitForDatabase, type Database } from '../platform/database/index.ts'
import { listen, openNetworks } from '../platform/http/index.ts'
import { openMailer } from '../platform/mail.ts'
import { openMetrics, type Metrics } from '../platform/metrics.ts'
import type { Secrets } from '../platform/secrets.ts'
import { openTelemetry } from '../platform/telemetry/index.ts'
import { openHealth } from '../router/index.ts'
import { openSite, type Site } from '../site/index.ts'
import { openLocalProvider, openTokenCounter } from '../providers/index.ts'
import { startGatewayJobs } from './gateway-jobs.ts'
import { openLearned } from './learned.ts'
import { openPayments, stopJobs } from './payments.ts'
import { mailJobs } from './mail-jobs.ts'
import type { Outside, Running } from './outside.ts'
import { startProbes } from './probes.ts'
import { openProviderRegistry } from './provider-registry.ts'
import { openRequestLog } from './request-log.ts'
import { signInOf } from './sign-in.ts'

export type Served = Running & { readonly url: string; readonly metrics: Metrics }

export type ServeOptions = {
  readonly outside: Outside
  readonly database: Database
  readonly secrets: Secrets
  /** Whether other processes listen on the same port. */
  readonly sharesPort: boolean
  /** The metrics of all processes; of this one alone where absent. */
  readonly metricsText?: () => Promise<string>
}

const readyTimeoutMs = 2_000
/** How long callers may take to read what was written for them when the server stops. */
const readingMs = 10_000

/** One gateway process: opens every room, listens, and drains when it is stopped. */
export async function serve(options: ServeOptions): Promise<Served> {
  const { outside, database } = options
  const { config, clock, makeId } = outside
  const rooms = await openRooms(options)
  const { gateway, metrics, requests } = rooms
  let draining = false
  const app = mountApp({
    ...{ gateway, api: rooms.api, site: await openConsole(outside) },
    ready: () => (draining ? Promise.resolve({ ok: false, why: 'stopping' }) : askDatabase(database, clock)),
  })
  const server = await listen({
    host: config.host,
    port: config.port,
    reusePort: options.sharesPort,
    makeRequestId: makeId,
    trustedProxies: openNetworks(config.trustedProxies),
    hotRoutes: app.hotRoutes,
    fallback(request, response) {
      requests.watch(request, response)
      app.fallback(request, response)
    },
  })

  async function stop(): Promise<void> {
    draining = true
    const probesStopped = rooms.stopProbes()
    const closed = server.close()
    await rooms.live.close()
    await drain(gateway, config.drainMs)
    // Answers have been written, but callers may still be reading them.
    const timer = setTimeout(server.closeNow, readingMs)
    await closed
    clearTimeout(timer)
    await probesStopped
    await rooms.close()
  }
  return { url: server.url, metrics, callsOpen: gateway.callsOpen, stop }
}

/** What `npm run build` made of console/. */
const consoleBuild = fileURLToPath(new URL('../../../console/dist', import.meta.url))

async function openConsole({ config, log }: Outside): Promise<Site | undefined> {
  if (!config.console) return undefined
  const onMissing = (why: string) => log.warn('the console cannot be shown; `npm run build` builds it', { why })
  return openSite({ directory: consoleBuild, isHttps: config.publicUrl?.startsWith('https:') ?? false, onMissing })
}

/** Opens what serves calls, inner rooms first; `close` goes the other way, the ledger's queue emptied before all else. */
async function openRooms({ outside, database, secrets, metricsText }: ServeOptions) {
  const { config, clock, chance, makeId, log } = outside
  const warn = (message: string, error: unknown) =>
    log.error(message, { error: error instanceof Error ? error.message : String(error) })
  const metrics = openMetrics()
  const requests = openRequestLog({ log, clock })
  const processId = makeId()
  const telemetry = await openTelemetry({ environment: outside.environment, instanceId: processId, log, clock })
  const keys = await openKeyCache({ database, secrets, clock })
  const { authenticate } = keys
  const catalog = await openCatalog({ database, secrets, log: warn })
  const local = openLocalProvider({ clock, chance })
  const counter = openTokenCounter()
  const registry = openProviderRegistry({ local, settingsOf: catalog.providerSettings, secrets, clock, log })
  const mailer = config.signIn.mail && openMailer(config.signIn.mail)
  const paid = await openPayments(outside, { database, processId, secrets })
  const { payments, stripe, crypto } = paid
  const more = [...paid.jobs, ...mailJobs(outside, database, mailer)]
  const jobs = await startGatewayJobs({ outside, database, secrets, processId, metrics, more })
  const health = openHealth()
  const learned = await openLearned(database, clock, warn)
  const random = numbersFrom(Buffer.from(chance.bytes(4)).readInt32LE())
  const onFlush = (flush: { ops: number; ms: number }) => metrics.ledgerFlushed(flush.ops, flush.ms / 1_000)
  const lane = openBatchLane({ database, processId, clock, log: warn, onFlush })
  const limiter = await openLimiter({ database, processId, clock, defaults: config.rateLimits, log: warn })
  const gateway = await openGateway({
    ...{ authenticate, limiter, database, processId, secrets, clock, makeId, lane, counter, log, metrics, telemetry },
    catalog: catalog.current,
    findProvider: registry.find,
    learned: learned.of,
    ...{ health, random, ...callSettings(config) },
  })
  const findProvider = registry.find
  const probes = startProbes(config.probes, { clock, log, metrics, health, catalog, findProvider, random })
  const live = await openLive({ database, clock, warn, payments })
  const api = openApi({
    ...{ authenticate, database, catalog, secrets, clock, makeId, chance, health, live, jobs },
    ...{ stripe, payments, crypto },
    rateLimits: config.rateLimits,
    metrics: { text: metricsText ?? metrics.text, access: config.metricsAccess },
    trustedProxies: openNetworks(config.trustedProxies),
    publicUrl: config.publicUrl,
    signIn: signInOf(config, { mailer, log, warn }),
    onAsker: requests.known,
    onFault: ({ method, path, error }) => warn(`${method} ${path} failed`, error),
  })
  async function close(): Promise<void> {
    await limiter.close()
    await lane.close()
    await stopJobs(jobs, stripe)
    await paid.close()
    learned.close()
    await gateway.close()
    await mailer?.close()
    await telemetry?.close()
    await Promise.all([registry.close(), counter.close(), catalog.close(), keys.close()])
  }
  return { gateway, api, live, metrics, requests, stopProbes: probes.stop, close }
}

/** What the operator decided about calls. */
const callSettings = (config: Outside['config']) => ({
  timeouts: config.timeouts,
  bodyBytesMax: config.bodyBytesMax,
  holdWaitMs: config.holdWaitMs,
  holdLifeMs: config.holdLifeMs,
  byokFeeBps: config.byokFeeBps,
  storeAnswers: config.storeAnswers,
  countryHeader: config.countryHeader,
  defaultOrder: config.routeOrder,
})

/** Lets running calls finish; after `drainMs` tells the rest to stop, each of which is settled for what it delivered. */
async function drain(gateway: Gateway, drainMs: number): Promise<void> {
  const idle = gateway.idle()
  const timer = setTimeout(() => gateway.stopCalls('shutting-down'), drainMs)
  await idle
  clearTimeout(timer)
}

async function askDatabase(database: Database, clock: Clock): Promise<{ ok: boolean; why?: string }> {
  const slow = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('slow')), readyTimeoutMs).unref()
  })
  try {
    await Promise.race([waitForDatabase(database, { clock, timeoutMs: 0 }), slow])
    return { ok: true }
  } catch {
    return { ok: false, why: 'the database does not answer' }
  }
}
