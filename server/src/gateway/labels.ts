import { AppError } from '../core/errors.ts'
import { isObject, parseJson, type JsonObject, type JsonValue } from '../core/json.ts'
import type { Exchange } from '../platform/http/index.ts'

/**
 * What a caller attaches to a call so that it finds it again: kept in the receipt (`labels` of its detail), never looked
 * at by anything that decides. Every text is bounded, and there are no labels where nothing was attached.
 */
export type Labels = {
  readonly trace_id?: string
  readonly user?: string
  readonly session_id?: string
  readonly http_referer?: string
  readonly app_title?: string
  readonly metadata?: Readonly<Record<string, string>>
}

const metadataHeader = 'x-redpill-metadata'

/** OpenAI's bounds of `metadata`. */
const pairsMax = 16
const nameCharactersMax = 64
const valueCharactersMax = 512
const textCharactersMax = 256

/** Reads the labels of a call; throws where our own header makes no sense. The fields of bodies are other APIs': what of them cannot be kept is not. */
export function readLabels(
  exchange: Pick<Exchange, 'header'>,
  asked: JsonObject,
  traceId: string | undefined,
): Labels | undefined {
  const header = exchange.header(metadataHeader)
  const own = header === undefined ? {} : metadataOf(header)
  const metadata = { ...own, ...(isObject(asked['metadata']) && fittingPairs(asked['metadata'])), ...own }
  const labels: Labels = {
    ...(traceId !== undefined && { trace_id: traceId }),
    ...text('user', asked['user']),
    ...text('session_id', asked['session_id'] ?? exchange.header('x-session-id')),
    ...text('http_referer', appUrl(exchange.header('http-referer'))),
    ...text('app_title', utf8(exchange.header('x-openrouter-title') ?? exchange.header('x-title'))),
    ...(Object.keys(metadata).length > 0 && {
      metadata: Object.fromEntries(Object.entries(metadata).slice(0, pairsMax)),
    }),
  }
  return Object.keys(labels).length === 0 ? undefined : labels
}

function text(name: keyof Labels, value: JsonValue | undefined): Labels {
  if (typeof value !== 'string') return {}
  const kept = storable(value).slice(0, textCharactersMax)
  return kept === '' ? {} : { [name]: kept }
}

/** Without what no database column, log or terminal should be given. */
const storable = (value: string): string =>
  value
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, '')
    .trim()

/** The address of an app without what may be private in it: its query, fragment and credentials. */
function appUrl(header: string | undefined): string | undefined {
  if (header === undefined || !URL.canParse(header)) return undefined
  const { protocol, origin, pathname } = new URL(header)
  return /^https?:$/.test(protocol) ? origin + (pathname === '/' ? '' : pathname) : undefined
}

const fittingPairs = (given: JsonObject): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given)
      .filter((pair): pair is [string, string] => typeof pair[1] === 'string')
      .filter(([name, value]) => isFitting(name, value))
      .slice(0, pairsMax),
  )

const isFitting = (name: string, value: string): boolean =>
  name.length <= nameCharactersMax &&
  value.length <= valueCharactersMax &&
  [name, value].every((part) => part.isWellFormed() && !/\p{Cc}/u.test(part))

const metadataRule =
  `${metadataHeader}: give a JSON object of texts: at most ${pairsMax}, with names of at most ${nameCharactersMax} ` +
  `and values of at most ${valueCharactersMax} characters, without control characters`

function metadataOf(header: string): Record<string, string> {
  const given = parseJson(utf8(header))
  const pairs = isObject(given) ? Object.entries(given) : undefined
  const fits =
    pairs &&
    pairs.length <= pairsMax &&
    pairs.every(([name, value]) => name !== '' && typeof value === 'string' && isFitting(name, value))
  if (!fits) throw new AppError('invalid_request', { message: metadataRule, param: metadataHeader })
  return given as Record<string, string>
}

/** Header bytes arrive as Latin-1; callers mean UTF-8. */
const utf8 = <Text extends string | undefined>(header: Text): Text =>
  (header === undefined ? header : Buffer.from(header, 'latin1').toString('utf8')) as Text
