/** Numbers as they were written: JavaScript's keep some 16 digits, JSON has no such bound (RFC 8259 §6). */
import { canonicalJson, isObject, parseJson, type JsonObject, type JsonValue } from './json.ts'

/** How the numbers of a request were written that would not survive, by the object or list that holds them. */
export type NumberSources = {
  /** Of the outermost object, whatever copy of it is written. */
  readonly root: ReadonlyMap<string, string>
  readonly inside: ReadonlyMap<object, ReadonlyMap<string, string>>
}

export type ExactJson = {
  readonly value: JsonValue | undefined
  /** Absent where every number survives, which nearly all do. */
  readonly sources?: NumberSources
}

/** What a number may look like that does not survive: of 16 characters or more, or with an exponent of three digits. */
const suspect = /[:[,]\s*-?\d(?:[\d.]{15}|[\d.]*[eE][+-]?\d{3})/

/** Parses JSON text; looks at numbers only where one may not survive. */
export function parseExactJson(text: string): ExactJson {
  if (!suspect.test(text)) return { value: parseJson(text) }
  const inside = new Map<object, Map<string, string>>()
  const value = parseNoting(text, inside)
  if (inside.size === 0) return { value }
  return { value, sources: { root: (isObject(value) && inside.get(value)) || new Map(), inside } }
}

/** What ECMAScript has and the types do not know yet: the text of a value, and text to be written as it is. */
type Reviver = (this: object, key: string, value: JsonValue, context: { readonly source?: string }) => JsonValue
const { parse, rawJSON } = JSON as unknown as {
  readonly parse: (text: string, reviver: Reviver) => JsonValue
  readonly rawJSON: (text: string) => object
}

function parseNoting(text: string, inside: Map<object, Map<string, string>>): JsonValue | undefined {
  try {
    return parse(text, function note(key, value, { source }) {
      if (typeof value === 'number' && source !== undefined && !survives(source, value)) {
        const noted = inside.get(this) ?? new Map<string, string>()
        inside.set(this, noted.set(key, source))
      }
      return value
    })
  } catch {
    return undefined
  }
}

const survives = (source: string, value: number): boolean =>
  Number.isFinite(value) && digitsOf(source) === digitsOf(String(value))

/** A decimal number as its digits and the place of the point, so that equal numbers look the same. */
function digitsOf(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  // Only where a run of zeros begins: tried at each of them, a long run inside of a number would take its square.
  const significant = digits.replace(/(?<!0)0+$/, '')
  if (significant === '') return '0'
  const place = Number(exponent) - fraction.length + (digits.length - significant.length)
  return `${sign}${significant}e${place}`
}

/** Writes a request; a number that is still what was read is written as it was. */
export function writeExactJson(body: JsonObject, sources: NumberSources | undefined): string {
  if (!sources) return JSON.stringify(body)
  return JSON.stringify(body, function write(this: object, key: string, value: unknown) {
    const source = (this === body ? sources.root : sources.inside.get(this))?.get(key)
    const isSame = source !== undefined && typeof value === 'number' && Object.is(Number(source), value)
    return isSame ? rawJSON(source) : value
  })
}

/** Text to hash: requests that are sent differently give different text. */
export const canonicalExactJson = (value: JsonValue, sources: NumberSources | undefined): string =>
  canonicalJson(value) + (sources ? JSON.stringify([...sources.inside.values()].map((noted) => [...noted])) : '')

/** Whether every object that holds such a number is in a body that was made of what was read, itself and no copy of it. */
export function keepsNumbersOf(body: JsonObject, asked: JsonValue | undefined, { inside }: NumberSources): boolean {
  const left = new Set<object>(inside.keys())
  if (asked !== body && isObject(asked)) left.delete(asked)
  const reached: JsonValue[] = [body]
  for (const value of reached) {
    if (typeof value !== 'object' || value === null) continue
    left.delete(value)
    for (const member of Object.values(value)) reached.push(member)
  }
  return left.size === 0
}
