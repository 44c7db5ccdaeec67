import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Prometheus metrics of one process; several processes are added up by `mergeMetrics`. */
export type Metrics = {
  readonly callEnded: (call: CallMetrics) => void
  readonly callsOpen: (count: number) => void
  readonly ledgerFlushed: (ops: number, seconds: number) => void
  readonly poolWaiting: (count: number) => void
  readonly probeEnded: (probe: ProbeMetrics) => void
  /** Prometheus' text format. */
  readonly text: () => Promise<string>
  /** For merging in the supervisor. */
  readonly snapshot: () => Promise<object>
}

export type CallMetrics = {
  readonly endpoint: string
  /** A model of the catalog, or `unknown`: what callers type must not become a label. */
  readonly model: string
  readonly status: number
  readonly seconds: number
  readonly firstByteSeconds: number | undefined
  readonly tokensIn: number
  readonly tokensOut: number
  readonly credits: number
}

export type ProbeMetrics = {
  readonly provider: string
  readonly kind: 'list' | 'call'
  readonly outcome: 'answered' | 'failed' | 'unclear'
}

const latencyBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300]

export function openMetrics(): Metrics {
  const registry = new Registry()
  const { requests, tokens, credits, duration, firstByte, open, batch, flush, waiting } = openInstruments(registry)
  const probes = new Counter({
    name: 'redpill_probes_total',
    help: 'Providers asked whether they are back',
    labelNames: ['provider', 'kind', 'outcome'],
    registers: [registry],
  })
  return {
    callEnded(call) {
      requests.inc({ endpoint: call.endpoint, model: call.model, status: String(call.status) })
      if (call.tokensIn > 0) tokens.inc({ model: call.model, direction: 'in' }, call.tokensIn)
      if (call.tokensOut > 0) tokens.inc({ model: call.model, direction: 'out' }, call.tokensOut)
      if (call.credits > 0) credits.inc({ model: call.model }, call.credits)
      duration.observe({ endpoint: call.endpoint }, call.seconds)
      if (call.firstByteSeconds !== undefined) firstByte.observe({ endpoint: call.endpoint }, call.firstByteSeconds)
    },
    callsOpen: (count) => open.set(count),
    ledgerFlushed(ops, seconds) {
      batch.observe(ops)
      flush.observe(seconds)
    },
    poolWaiting: (count) => waiting.set(count),
    probeEnded: ({ provider, kind, outcome }) => probes.inc({ provider, kind, outcome }),
    text: () => registry.metrics(),
    snapshot: () => registry.getMetricsAsJSON(),
  }
}

/** What is measured. Names and units are Prometheus' own conventions. */
function openInstruments(registry: Registry) {
  const registers = [registry]
  const requests = new Counter({
    name: 'redpill_requests_total',
    help: 'Inference calls that ended',
    labelNames: ['endpoint', 'model', 'status'],
    registers,
  })
  const tokens = new Counter({
    name: 'redpill_tokens_total',
    help: 'Tokens of calls that ended',
    labelNames: ['model', 'direction'],
    registers,
  })
  const credits = new Counter({
    name: 'redpill_credits_total',
    help: 'Credits charged',
    labelNames: ['model'],
    registers,
  })
  const duration = new Histogram({
    name: 'redpill_call_seconds',
    help: 'From the request to the last byte',
    labelNames: ['endpoint'],
    buckets: latencyBuckets,
    registers,
  })
  const firstByte = new Histogram({
    name: 'redpill_first_byte_seconds',
    help: 'From the request to the first byte of the answer',
    labelNames: ['endpoint'],
    buckets: latencyBuckets,
    registers,
  })
  const open = new Gauge({ name: 'redpill_holds_open', help: 'Calls under way, each with a hold', registers })
  const batch = new Histogram({
    name: 'redpill_ledger_batch_operations',
    help: 'Operations in one ledger batch',
    buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000],
    registers,
  })
  const flush = new Histogram({
    name: 'redpill_ledger_flush_seconds',
    help: 'One ledger batch, sent and committed',
    buckets: latencyBuckets,
    registers,
  })
  const waiting = new Gauge({
    name: 'redpill_pool_waiting',
    help: 'Queries that wait for a database connection',
    registers,
  })
  return { requests, tokens, credits, duration, firstByte, open, batch, flush, waiting }
}

/** The sum over the processes of one server, in Prometheus' text format. */
export async function mergeMetrics(snapshots: readonly object[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots as object[]).metrics()
}
