/** A collector of OTLP/HTTP in JSON (opentelemetry-proto 1.x), as far as tests read it. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isObject, parseJson, type JsonObject, type JsonValue } from '../../src/core/json.ts'
import type { Scope } from './scope.ts'

export type CollectedSpan = {
  readonly name: string
  readonly kind: number
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly startNs: bigint
  readonly endNs: bigint
  readonly failed: boolean
  readonly attributes: Readonly<Record<string, unknown>>
  readonly resource: Readonly<Record<string, unknown>>
}

export type CollectedPoint = {
  readonly count: number
  readonly sum: number
  readonly attributes: Readonly<Record<string, unknown>>
}

export type Collector = {
  readonly url: string
  readonly spans: () => readonly CollectedSpan[]
  /** The newest points of a histogram. */
  readonly points: (metric: string) => readonly CollectedPoint[]
  /** Everything that came, as it came. */
  readonly text: () => string
  readonly paths: () => readonly string[]
}

export async function startCollector(scope: Scope): Promise<Collector> {
  const bodies: { path: string; text: string }[] = []
  const server = createServer((request, response) => {
    void Array.fromAsync(request as AsyncIterable<Buffer>).then((pieces) => {
      bodies.push({ path: request.url ?? '', text: Buffer.concat(pieces).toString() })
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  scope.after(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  const received = (path: string) => bodies.filter((body) => body.path === path).map(({ text }) => parseJson(text))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () => received('/v1/traces').flatMap(spansOf),
    points: (metric) => pointsOf(received('/v1/metrics').at(-1), metric),
    text: () => bodies.map(({ text }) => text).join('\n'),
    paths: () => bodies.map(({ path }) => path),
  }
}

const listOf = (value: JsonValue | undefined, name: string): readonly JsonObject[] => {
  const list = isObject(value) ? value[name] : undefined
  return Array.isArray(list) ? (list as readonly JsonValue[]).filter(isObject) : []
}

const spansOf = (body: JsonValue | undefined): readonly CollectedSpan[] =>
  listOf(body, 'resourceSpans').flatMap((ofResource) =>
    listOf(ofResource, 'scopeSpans').flatMap((ofScope) =>
      listOf(ofScope, 'spans').map((span) => ({
        name: textOf(span['name']),
        kind: Number(span['kind']),
        traceId: textOf(span['traceId']),
        spanId: textOf(span['spanId']),
        parentSpanId: textOf(span['parentSpanId']),
        startNs: BigInt(textOf(span['startTimeUnixNano'])),
        endNs: BigInt(textOf(span['endTimeUnixNano'])),
        failed: isObject(span['status']) && span['status']['code'] === 2,
        attributes: attributesOf(span),
        resource: attributesOf(ofResource['resource']),
      })),
    ),
  )

const pointsOf = (body: JsonValue | undefined, metric: string): readonly CollectedPoint[] =>
  listOf(body, 'resourceMetrics')
    .flatMap((ofResource) => listOf(ofResource, 'scopeMetrics'))
    .flatMap((ofScope) => listOf(ofScope, 'metrics'))
    .filter(({ name }) => name === metric)
    .flatMap((found) => listOf(found['histogram'], 'dataPoints'))
    .map((point) => ({ count: Number(point['count']), sum: Number(point['sum']), attributes: attributesOf(point) }))

const attributesOf = (value: JsonValue | undefined): Record<string, unknown> =>
  Object.fromEntries(listOf(value, 'attributes').map(({ key, value: told }) => [textOf(key), plainOf(told)]))

function plainOf(value: JsonValue | undefined): unknown {
  if (!isObject(value)) return undefined
  const { stringValue, intValue, doubleValue, boolValue, arrayValue } = value
  if (intValue !== undefined) return Number(intValue)
  if (arrayValue !== undefined) return listOf(arrayValue, 'values').map(plainOf)
  return stringValue ?? doubleValue ?? boolValue
}

/** The protocol's 64-bit numbers are texts too. */
const textOf = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
