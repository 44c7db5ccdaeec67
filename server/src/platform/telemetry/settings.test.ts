import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { readTelemetrySettings } from './settings.ts'

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' }

test('nothing is exported unless an endpoint is named, and a signal can be switched off', () => {
  const exported = (variables: Record<string, string>) => {
    const settings = readTelemetrySettings(variables)
    return settings && [settings.traces, settings.metrics]
  }
  equal(exported({}), undefined)
  equal(exported({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }), undefined)
  equal(exported({ ...endpoint, OTEL_SDK_DISABLED: 'true' }), undefined)
  equal(exported({ ...endpoint, OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' }), undefined)
  deepEqual(exported(endpoint), [true, true])
  deepEqual(exported({ ...endpoint, OTEL_METRICS_EXPORTER: 'none' }), [true, false])
  deepEqual(exported({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://collector/m' }), [false, true])
})

test('samplers are the standard ones; what cannot be done is told and does not stop the server', () => {
  const samplerOf = (name: string, argument = '') =>
    readTelemetrySettings({ ...endpoint, OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: argument })!
  deepEqual(samplerOf('').sampler, { followsParent: true, ratio: 1 })
  deepEqual(samplerOf('always_off').sampler, { followsParent: false, ratio: 0 })
  deepEqual(samplerOf('parentbased_traceidratio', '0.25').sampler, { followsParent: true, ratio: 0.25 })
  for (const [name, argument] of [
    ['traceidratio', '7'],
    ['traceidratio', 'x'],
    ['jaeger_remote', ''],
  ] as const) {
    const { sampler, problems } = samplerOf(name, argument)
    deepEqual([sampler.ratio, problems.length], [1, 1], name)
  }
  equal(readTelemetrySettings({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })!.problems.length, 1)
  equal(readTelemetrySettings({ ...endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf' })!.problems.length, 0)
  const { problems, spanDelayMs } = readTelemetrySettings({ ...endpoint, OTEL_BSP_SCHEDULE_DELAY: 'soon' })!
  deepEqual([problems.length, spanDelayMs], [1, 5_000])
})
