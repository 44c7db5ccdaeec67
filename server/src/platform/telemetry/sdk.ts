/** Traces and metrics through OpenTelemetry's SDK, as OTLP over HTTP. Loaded only where they are exported. */
import {
  context as contexts,
  diag,
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Attributes,
  type Context,
  type Histogram,
  type Tracer,
} from '@opentelemetry/api'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { detectResources, envDetector, resourceFromAttributes, type Resource } from '@opentelemetry/resources'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Clock } from '../../core/clock.ts'
import type { Log } from '../log.ts'
import type { TelemetrySettings } from './settings.ts'
import { instruments, type InstrumentName, type RemoteParent, type Telemetry, type ToldSpan } from './types.ts'

export type SdkOptions = {
  readonly settings: TelemetrySettings
  /** Tells the processes of a server apart. */
  readonly instanceId: string
  readonly log: Log
  readonly clock: Clock
}

const scope = 'redpill'
const closeMs = 5_000
const complainEveryMs = 60_000

export function openSdk({ settings, instanceId, log, clock }: SdkOptions): Telemetry {
  for (const problem of settings.problems) log.warn('telemetry', { problem })
  complainTo(log, clock)
  const resource = resourceFromAttributes({ 'service.name': 'redpill', 'service.instance.id': instanceId }).merge(
    detectResources({ detectors: [envDetector] }),
  )
  const tracing = settings.traces ? openTracing(settings, resource) : undefined
  const metering = settings.metrics ? openMetering(settings, resource) : undefined
  return {
    callEnded({ parent, span, attempts, measurements }) {
      tracing?.tell(parent, span, attempts)
      for (const { instrument, value, attributes } of measurements) metering?.record(instrument, value, attributes)
    },
    async close() {
      const closed = Promise.allSettled([tracing?.close(), metering?.close()])
      let timer: NodeJS.Timeout | undefined
      const late = new Promise((resolve) => {
        timer = setTimeout(resolve, closeMs)
      })
      await Promise.race([closed, late])
      clearTimeout(timer)
    },
  }
}

/** A collector that is away is told once a minute, not once a batch. */
function complainTo(log: Log, clock: Clock): void {
  let toldMs = -Infinity
  const complain = (message: string) => {
    if (clock.monotonicMs() - toldMs < complainEveryMs) return
    toldMs = clock.monotonicMs()
    log.warn('telemetry', { problem: message.slice(0, 500) })
  }
  const silent = () => {}
  diag.setLogger(
    { error: complain, warn: complain, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

function openTracing({ sampler, spanDelayMs }: TelemetrySettings, resource: Resource) {
  const root = new TraceIdRatioBasedSampler(sampler.ratio)
  const provider = new TracerProvider({
    resource,
    sampler: sampler.followsParent ? new ParentBasedSampler({ root }) : root,
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: spanDelayMs })],
  })
  const tracer = provider.getTracer(scope)
  return {
    tell(parent: RemoteParent | undefined, span: ToldSpan, attempts: readonly ToldSpan[]): void {
      const inside = tellSpan(tracer, contextOf(parent), span)
      for (const attempt of attempts) tellSpan(tracer, inside, attempt)
    },
    close: () => provider.shutdown(),
  }
}

/** Gives the context in which the span's children are told. */
function tellSpan(
  tracer: Tracer,
  context: Context,
  { name, kind, startMs, endMs, attributes, error }: ToldSpan,
): Context {
  const options = {
    kind: kind === 'server' ? SpanKind.SERVER : SpanKind.CLIENT,
    startTime: startMs,
    attributes: { ...(attributes as Attributes), ...(error !== undefined && { 'error.type': error }) },
  }
  const span = tracer.startSpan(name, options, context)
  if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end(endMs)
  return trace.setSpan(context, span)
}

const contextOf = (parent: RemoteParent | undefined): Context =>
  parent === undefined
    ? ROOT_CONTEXT
    : trace.setSpanContext(ROOT_CONTEXT, {
        traceId: parent.traceId,
        spanId: parent.spanId,
        traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
        isRemote: true,
      })

function openMetering({ metricIntervalMs }: TelemetrySettings, resource: Resource) {
  const reader = new PeriodicExportingMetricReader({
    exporter: new OTLPMetricExporter(),
    exportIntervalMillis: metricIntervalMs,
    exportTimeoutMillis: Math.min(metricIntervalMs, 30_000),
  })
  const provider = new MeterProvider({ resource, readers: [reader] })
  const meter = provider.getMeter(scope)
  const made = new Map<string, Histogram>()
  for (const [name, { unit, description, buckets }] of Object.entries(instruments)) {
    made.set(
      name,
      meter.createHistogram(name, { unit, description, advice: { explicitBucketBoundaries: [...buckets] } }),
    )
  }
  return {
    record: (name: InstrumentName, value: number, attributes: Attributes) =>
      made.get(name)?.record(value, attributes, contexts.active()),
    close: () => provider.shutdown(),
  }
}
