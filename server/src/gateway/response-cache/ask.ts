import { AppError } from '../../core/errors.ts'
import type { Keeping } from '../../accounts/index.ts'
import type { Exchange } from '../../platform/http/index.ts'

/** What a caller wants of the cache. */
export type CacheAsk = {
  readonly ttlMs: number
  /** Whether what is kept for this request is to be forgotten first. */
  readonly clears: boolean
}

const ttlSecondsUsual = 300
const ttlSecondsMax = 86_400

/** Reads our headers or OpenRouter's, then what the key is set to; `undefined` unless one of them asks for the cache. */
export function readCacheAsk(
  { header }: Pick<Exchange, 'header'>,
  { cacheSeconds }: Pick<Keeping, 'cacheSeconds'>,
): CacheAsk | undefined {
  if (!(isOn(header, 'cache') ?? cacheSeconds !== undefined)) return undefined
  const { name, text } = headerOf(header, 'cache-ttl')
  const ttlSeconds = text === undefined ? (cacheSeconds ?? ttlSecondsUsual) : Number(text)
  if (text !== undefined && !(/^\d{1,5}$/.test(text) && ttlSeconds >= 1 && ttlSeconds <= ttlSecondsMax))
    throw invalid(name, `give whole seconds from 1 to ${ttlSecondsMax}`)
  return { ttlMs: ttlSeconds * 1_000, clears: isOn(header, 'cache-clear') ?? false }
}

function headerOf(header: Exchange['header'], suffix: string): { name: string; text: string | undefined } {
  const own = `x-redpill-${suffix}`
  const text = header(own)
  if (text !== undefined) return { name: own, text }
  const name = `x-openrouter-${suffix}`
  return { name, text: header(name) }
}

function isOn(header: Exchange['header'], suffix: string): boolean | undefined {
  const { name, text } = headerOf(header, suffix)
  switch (text?.toLowerCase()) {
    case undefined:
      return undefined
    case '0':
    case 'false':
    case 'off':
      return false
    case '1':
    case 'true':
    case 'on':
      return true
    default:
      throw invalid(name, 'give 1 or 0')
  }
}

const invalid = (name: string, what: string): AppError =>
  new AppError('invalid_request', { message: `${name}: ${what}.`, param: name })
