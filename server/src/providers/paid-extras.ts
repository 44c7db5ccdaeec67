/** What callers of OpenAI's look-alikes can ask for that providers bill apart from tokens, and what raises a bound. */
import { isObject, type JsonObject, type JsonValue } from '../core/json.ts'
import { withShortCaching } from './cache-marks.ts'
import { writesText } from './endpoints.ts'
import { objectOf, objectsOf, saysNothing, textOf } from './openai-form.ts'
import type { UpstreamCall } from './types.ts'

const paidApart = 'is paid apart, and has no price here'

/** Fields that have a provider search or run something: OpenAI and Perplexity, xAI, Qwen, Groq. */
const searches = ['web_search_options', 'web_search', 'search_parameters', 'enable_search']
const runs = ['enable_code_interpreter', 'compound_custom']

/**
 * Why a request cannot be sent, where it asks for something that is paid apart: searches, tools that run at the provider,
 * plugins. An answer without them would be another answer.
 */
export function refusedExtra({ endpoint, body }: Pick<UpstreamCall, 'endpoint' | 'body'>): string | undefined {
  if (!writesText(endpoint)) return undefined
  const field = [...searches, ...runs].find((name) => asks(body[name]))
  if (field !== undefined) return `${field}: it ${paidApart}`
  const tool = objectsOf(body['tools']).find((each) => !isCallersOwn(each))
  if (tool) return `tools: ${nameOf(tool['type'] ?? Object.keys(tool)[0])} ${paidApart}`
  const plugin = objectsOf(body['plugins']).find((each) => !isFree(each))
  return plugin && `plugins: ${nameOf(plugin['id'])} ${paidApart}`
}

/** An empty object asks too: for a search as it usually is. */
const asks = (value: JsonValue | undefined): boolean =>
  isObject(value) ? value['mode'] !== 'off' : !saysNothing(value)

/** Functions, and tools of free text: the caller runs them. */
function isCallersOwn({ type = 'function', function: described, custom, name }: JsonObject): boolean {
  return (type === 'function' || type === 'custom') && (isObject(described) || isObject(custom) || name !== undefined)
}

/** OpenRouter's plugins that add nothing to the bill. */
const freePlugins: ReadonlySet<string> = new Set(['response-healing', 'context-compression'])
const freeParsers: ReadonlySet<string> = new Set(['native', 'cloudflare-ai', 'pdf-text'])

function isFree({ id, enabled, pdf }: JsonObject): boolean {
  if (enabled === false || freePlugins.has(textOf(id))) return true
  return id === 'file-parser' && freeParsers.has(textOf(objectOf(pdf)['engine']))
}

/** Files are the model's to read, or the caller names a parser that is free: the usual one is paid by the page. */
export function withFreeParser(body: JsonObject): JsonObject {
  const plugins = objectsOf(body['plugins']).filter(({ enabled }) => enabled !== false)
  if (!hasFiles(body) || plugins.some(({ id }) => id === 'file-parser')) return body
  return { ...body, plugins: [...plugins, { id: 'file-parser', pdf: { engine: 'native' } }] }
}

const hasFiles = ({ messages }: JsonObject): boolean =>
  objectsOf(messages).some(({ content }) => objectsOf(content).some(({ type }) => type === 'file'))

const nameOf = (value: JsonValue | undefined): string => JSON.stringify(textOf(value).slice(0, 100))

type LeaveOut = (what: string, why: string) => void

/** The request without what would cost more than is charged, or write more than is held for; the same where there is none. */
export const withoutUnpaid = (body: JsonObject, leaveOut: LeaveOut): JsonObject =>
  withShortCaching(withoutOtherBounds(withoutDearTier(body, leaveOut), leaveOut), leaveOut)

/** Tiers of service that cost more than the prices that are charged here. */
const dearTiers: ReadonlySet<string> = new Set(['priority', 'scale', 'fast'])

function withoutDearTier(body: JsonObject, leaveOut: LeaveOut): JsonObject {
  const found = ['service_tier', 'speed'].filter((name) => dearTiers.has(textOf(body[name])))
  for (const name of found)
    leaveOut(`${name} ${textOf(body[name])}`, 'it has prices of its own, which are not charged here')
  return withoutFields(body, found)
}

/** Names by which some servers let a caller go beyond `max_tokens`. */
const otherBounds = ['n_predict', 'num_predict', 'max_new_tokens', 'max_output_tokens', 'max_gen_len']

function withoutOtherBounds(body: JsonObject, leaveOut: LeaveOut): JsonObject {
  const found = otherBounds.filter((name) => body[name] !== undefined)
  for (const name of found) leaveOut(name, 'max_tokens bounds the output here')
  return withoutFields(body, found)
}

const withoutFields = (body: JsonObject, names: readonly string[]): JsonObject =>
  names.length === 0 ? body : Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)))
