/** OpenAI's GET /models, as far as the ids go. */
import { isObject, parseJson, type JsonValue } from '../core/json.ts'
import { openOrigin, type CompatibleOptions } from './compatible.ts'
import { sendDecoded } from './content-encoding.ts'
import type { ProviderSettings } from './types.ts'

export type ModelList =
  /** The upstream's own names, as a request to it would use them. */
  { readonly kind: 'ok'; readonly models: readonly string[] } | { readonly kind: 'failed'; readonly why: string }

const bytesMax = 8 * 1024 * 1024
const modelsMax = 10_000

/** Asks a provider for its models, within `timeoutMs` in all. Also the way to see whether its address and key are right. */
export async function fetchModelList(
  settings: ProviderSettings,
  { timeoutMs, ...options }: CompatibleOptions & { readonly timeoutMs: number },
): Promise<ModelList> {
  if (options.dialect.listsModels === false) return failed(`${options.dialect.id} does not list its models here`)
  const origin = openOrigin(settings, options)
  const call = {
    method: 'GET',
    path: `${origin.path}/models`,
    headers: origin.headers,
    body: null,
    connectTimeoutMs: timeoutMs,
  } as const
  try {
    return await new Promise<ModelList>((resolve) => {
      const parts: Buffer[] = []
      let status = 0
      let bytes = 0
      const end = (list: ModelList) => {
        clearTimeout(timer)
        flight.cancel()
        resolve(list)
      }
      const flight = sendDecoded((sink) => origin.transport.send(call, sink), {
        onHead: (head) => void (status = head.status),
        onBytes(part) {
          bytes += part.length
          if (bytes > bytesMax) end(failed(`its list is longer than ${bytesMax} bytes`))
          else parts.push(part)
          return true
        },
        onEnd: () =>
          end(status === 200 ? readList(Buffer.concat(parts)) : failed(`it answered ${status}${hintOf(status)}`)),
        onFault: ({ message }) => end(failed(message)),
      })
      const timer = setTimeout(() => end(failed(`no answer within ${timeoutMs} ms`)), timeoutMs)
    })
  } finally {
    await origin.transport.close()
  }
}

const failed = (why: string): ModelList => ({ kind: 'failed', why })

function hintOf(status: number): string {
  if (status === 401 || status === 403) return ': is the key right?'
  return status === 404 ? ': is the base URL right?' : ''
}

function readList(body: Buffer): ModelList {
  const answer = parseJson(body.toString())
  // Together answers with the bare array.
  const entries = isObject(answer) ? answer['data'] : answer
  if (!Array.isArray(entries)) return failed('its answer is not a list of models')
  const ids = (entries as readonly JsonValue[]).flatMap((entry) => {
    const id = isObject(entry) ? entry['id'] : undefined
    return typeof id === 'string' && id !== '' ? [id.replace(resourcePrefix, '')] : []
  })
  return { kind: 'ok', models: [...new Set(ids)].slice(0, modelsMax) }
}

/** Gemini lists `models/gemini-...` and takes the name without it. */
const resourcePrefix = /^models\//
