/** OpenAI's HTTP API (chat completions, completions, embeddings, moderations) and Jina's rerank, as look-alikes speak them. */
import { writeExactJson } from '../core/exact-json.ts'
import type { ResolveName } from '../platform/guard/index.ts'
import { withAllowedHeaders } from './answer-headers.ts'
import { fitExtensions } from './chat-extensions.ts'
import { sendDecoded } from './content-encoding.ts'
import { refusedExtra } from './paid-extras.ts'
import { openTransport, type Transport } from './transport.ts'
import type { Dialect } from './dialect.ts'
import type { AnswerSink, Endpoint, Provider, ProviderSettings } from './types.ts'

const pathOf: Readonly<Record<Endpoint, string>> = {
  chat: '/chat/completions',
  completions: '/completions',
  embeddings: '/embeddings',
  rerank: '/rerank',
  moderations: '/moderations',
}

export type CompatibleOptions = {
  readonly dialect: Dialect
  /** Names are resolved with this instead of the system's resolver. */
  readonly resolve?: ResolveName | undefined
}

/** A provider at any base URL that speaks OpenAI's API. The settings have been checked: see `openProvider`. */
export function openCompatibleProvider(settings: ProviderSettings, options: CompatibleOptions): Provider {
  const origin = openOrigin(settings, options)
  const { dialect } = options
  return {
    name: settings.name,
    refuses: refusedExtra,
    keepsNumbers: true,
    leavesOut: (call) => fitExtensions(dialect, call).leftOut,
    send({ endpoint, body, numbers, stream, connectTimeoutMs }, sink) {
      const headers = [...origin.headers, 'content-type', 'application/json']
      headers.push('accept', stream ? 'text/event-stream' : 'application/json')
      const { body: fitted } = fitExtensions(dialect, { endpoint, body: dialect.fit?.(endpoint, body) ?? body })
      const call = {
        method: 'POST',
        path: origin.pathTo(pathOf[endpoint], typeof body['model'] === 'string' ? body['model'] : ''),
        headers,
        body: Buffer.from(writeExactJson(fitted, numbers)),
        connectTimeoutMs,
      } as const
      return sendDecoded((inner) => origin.transport.send(call, inner), filtered(sink))
    },
    close: origin.transport.close,
  }
}

type Origin = {
  readonly transport: Transport
  /** Path and query of a call of a model. */
  readonly pathTo: (path: string, model: string) => string
  /** Names and values in turn, the authorization among them: never to be logged. */
  readonly headers: readonly string[]
}

/** The connection to a provider, and what every request to it carries. */
export function openOrigin(
  { baseUrl, apiKey, allowPrivate }: ProviderSettings,
  { dialect, resolve }: CompatibleOptions,
): Origin {
  const base = new URL(baseUrl)
  const path = base.pathname.replace(/\/+$/, '')
  const { address, keyHeader } = dialect
  const headers = ['user-agent', 'redpill', 'accept-encoding', 'identity']
  if (apiKey !== undefined) headers.push(...(keyHeader ? [keyHeader, apiKey] : ['authorization', `Bearer ${apiKey}`]))
  for (const [name, value] of Object.entries(dialect.headers ?? {})) headers.push(name, value)
  return {
    transport: openTransport({ origin: base.origin, allowPrivate, resolve }),
    pathTo: (rest, model) => (address ? address(base, rest, model) : path + rest),
    headers,
  }
}

const filtered = (sink: AnswerSink): AnswerSink => ({
  ...sink,
  onHead: (head) => sink.onHead(withAllowedHeaders(head)),
})
