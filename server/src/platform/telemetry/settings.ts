/** OpenTelemetry's environment variables, as far as its exporters do not read them themselves. */

export type TelemetrySettings = {
  readonly traces: boolean
  readonly metrics: boolean
  readonly sampler: { readonly followsParent: boolean; readonly ratio: number }
  readonly spanDelayMs: number
  readonly metricIntervalMs: number
  /** What was asked for and is not done, for the log. */
  readonly problems: readonly string[]
}

type Variables = Readonly<Record<string, string | undefined>>

/** `undefined`: nothing is to be exported. */
export function readTelemetrySettings(variables: Variables): TelemetrySettings | undefined {
  if (variables['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined
  const traces = isWanted(variables, 'TRACES')
  const metrics = isWanted(variables, 'METRICS')
  if (!traces && !metrics) return undefined
  const problems: string[] = []
  noteProtocols(variables, problems)
  return {
    ...{ traces, metrics, problems },
    sampler: readSampler(variables, problems),
    spanDelayMs: readMs(variables, 'OTEL_BSP_SCHEDULE_DELAY', 5_000, problems),
    metricIntervalMs: readMs(variables, 'OTEL_METRIC_EXPORT_INTERVAL', 60_000, problems),
  }
}

/** A signal is exported when an endpoint is named for it, or for all, and it is not switched off. */
const isWanted = (variables: Variables, signal: 'TRACES' | 'METRICS'): boolean =>
  Boolean(variables[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] || variables['OTEL_EXPORTER_OTLP_ENDPOINT']) &&
  variables[`OTEL_${signal}_EXPORTER`] !== 'none'

/** Every collector takes JSON where it takes protobuf; gRPC has another port. */
function noteProtocols(variables: Variables, problems: string[]): void {
  for (const name of [
    'OTEL_EXPORTER_OTLP_PROTOCOL',
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL',
    'OTEL_EXPORTER_OTLP_METRICS_PROTOCOL',
  ]) {
    if (variables[name] === 'grpc') problems.push(`${name}: gRPC is not spoken here; http/json is sent to the endpoint`)
  }
}

function readSampler(variables: Variables, problems: string[]): TelemetrySettings['sampler'] {
  const name = variables['OTEL_TRACES_SAMPLER'] || 'parentbased_always_on'
  const followsParent = name.startsWith('parentbased_')
  switch (name.replace(/^parentbased_/, '')) {
    case 'always_on':
      return { followsParent, ratio: 1 }
    case 'always_off':
      return { followsParent, ratio: 0 }
    case 'traceidratio': {
      const ratio = Number(variables['OTEL_TRACES_SAMPLER_ARG'] || '1')
      if (ratio >= 0 && ratio <= 1) return { followsParent, ratio }
      problems.push('OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; every trace is sampled')
      return { followsParent, ratio: 1 }
    }
    default:
      problems.push('OTEL_TRACES_SAMPLER names no sampler that is known here; parentbased_always_on is used')
      return { followsParent: true, ratio: 1 }
  }
}

function readMs(variables: Variables, name: string, fallback: number, problems: string[]): number {
  const text = variables[name] || String(fallback)
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  problems.push(`${name} must be a number of milliseconds; ${fallback} is used`)
  return fallback
}
