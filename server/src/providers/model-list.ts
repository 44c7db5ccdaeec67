import { isObject, parseJson, type JsonValue } from '../core/json.ts'
import { openOrigin, type CompatibleOptions } from './compatible.ts'
import { sendDecoded } from './content-encoding.ts'
import { nativeApiAt, type Dialect } from './dialect.ts'
import { openNativeOrigin, type TranslatedDeps } from './translated.ts'
import type { NativeApi } from './translation.ts'
import type { AnswerSink, Flight, ProviderSettings } from './types.ts'

export type ModelList =
  /** The upstream's own names, as a request to it would use them. */
  | { readonly kind: 'ok'; readonly models: readonly string[] }
  /** `isDown`: it could not be reached, broke off, said nothing, or answered 5xx; else it is only the list that failed. */
  | { readonly kind: 'failed'; readonly why: string; readonly isDown: boolean }

/** Whether a provider is known to tell its models to whoever may call it. */
export const listsModels = (dialect: Dialect, baseUrl: string): boolean => {
  const speaks = nativeApiAt(dialect, baseUrl)
  return dialect.listsModels !== false && (!speaks || speaks.modelList !== undefined)
}

const bytesMax = 8 * 1024 * 1024
const modelsMax = 10_000

/** Asks a provider for its models, within `timeoutMs` in all. Also the way to see whether its address and key are right. */
export async function fetchModelList(
  settings: ProviderSettings,
  { timeoutMs, ...options }: ListOptions & { readonly timeoutMs: number },
): Promise<ModelList> {
  const { dialect } = options
  if (!listsModels(dialect, settings.baseUrl)) return failed(`${dialect.id} does not list its models here`)
  const speaks = nativeApiAt(dialect, settings.baseUrl)
  const asking = speaks?.modelList
    ? askNative(settings, { ...options, api: speaks, list: speaks.modelList, timeoutMs })
    : askCompatible(settings, { ...options, timeoutMs })
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
      const flight = asking.send({
        onHead: (head) => void (status = head.status),
        onBytes(part) {
          bytes += part.length
          if (bytes > bytesMax) end(failed(`its list is longer than ${bytesMax} bytes`))
          else parts.push(part)
          return true
        },
        onEnd: () =>
          end(
            status === 200
              ? readList(Buffer.concat(parts), asking.read)
              : failed(`it answered ${status}${hintOf(status)}`, isDownStatus(status)),
          ),
        onFault: ({ message }) => end(failed(message, true)),
      })
      const timer = setTimeout(() => end(failed(`no answer within ${timeoutMs} ms`, true)), timeoutMs)
    })
  } finally {
    await asking.close()
  }
}

type ListOptions = TranslatedDeps & CompatibleOptions

type Asking = {
  readonly send: (sink: AnswerSink) => Flight
  readonly read: (answer: JsonValue | undefined) => readonly string[] | undefined
  readonly close: () => Promise<void>
}

function askCompatible(settings: ProviderSettings, options: CompatibleOptions & { timeoutMs: number }): Asking {
  const { pathTo, headers, transport } = openOrigin(settings, options)
  const call = { method: 'GET', path: pathTo('/models', ''), headers, body: null } as const
  return {
    send: (sink) =>
      sendDecoded((inner) => transport.send({ ...call, connectTimeoutMs: options.timeoutMs }, inner), sink),
    read: readCompatible,
    close: transport.close,
  }
}

type NativeListOptions = TranslatedDeps & {
  readonly api: NativeApi
  readonly list: NonNullable<NativeApi['modelList']>
  readonly timeoutMs: number
}

function askNative(settings: ProviderSettings, { api, list, timeoutMs, ...deps }: NativeListOptions): Asking {
  const origin = openNativeOrigin(settings, api, deps)
  const headers = ['accept', 'application/json', ...Object.entries(list.headers ?? {}).flat()]
  const request = { method: 'GET', path: list.path, headers, body: null } as const
  return { send: (sink) => origin.send(request, timeoutMs, sink), read: list.read, close: origin.close }
}

const failed = (why: string, isDown = false): ModelList => ({ kind: 'failed', why, isDown })

/** 501 says that there is no list. */
const isDownStatus = (status: number): boolean => status >= 500 && status !== 501

function hintOf(status: number): string {
  if (status === 401 || status === 403) return ': is the key right?'
  return status === 404 ? ': is the base URL right?' : ''
}

function readList(body: Buffer, read: Asking['read']): ModelList {
  const ids = read(parseJson(body.toString()))
  if (!ids) return failed('its answer is not a list of models')
  return { kind: 'ok', models: [...new Set(ids)].slice(0, modelsMax) }
}

/** OpenAI's list. */
function readCompatible(answer: JsonValue | undefined): readonly string[] | undefined {
  // Together answers with the bare array.
  const entries = isObject(answer) ? answer['data'] : answer
  if (!Array.isArray(entries)) return undefined
  return (entries as readonly JsonValue[]).flatMap((entry) => {
    const id = isObject(entry) ? entry['id'] : undefined
    return typeof id === 'string' && id !== '' ? [id.replace(resourcePrefix, '')] : []
  })
}

/** Gemini lists `models/gemini-...` and takes the name without it. */
const resourcePrefix = /^models\//
