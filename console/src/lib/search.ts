/**
 * What a page keeps in its address. A shape names each parameter and how its text is read; what does not read is as
 * good as absent, so an old or mistyped link opens the page instead of breaking it.
 */
export type Read<Value> = (text: string) => Value | undefined
type Shape = Readonly<Record<string, Read<unknown>>>
export type SearchOf<S extends Shape> = {
  readonly [K in keyof S]?: S[K] extends Read<infer Value> ? Value | undefined : never
}

/** Reads a page's search parameters by their shape; for the `validateSearch` of its route. */
export const searchShape =
  <S extends Shape>(shape: S) =>
  (raw: Readonly<Record<string, unknown>>): SearchOf<S> => {
    const found: Record<string, unknown> = {}
    for (const [name, read] of Object.entries(shape)) {
      const value = raw[name]
      const known = value === undefined || value === null ? undefined : read(textOf(value))
      if (known !== undefined) found[name] = known
    }
    return found as SearchOf<S>
  }

/** Values that a link was given as such stand for the text they are written as. */
function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.join(',')
  return value === true ? '1' : `${value as string | number}`
}

export const text: Read<string> = (value) => (value.length > 0 && value.length <= 500 ? value : undefined)

export const oneOf =
  <const Values extends readonly string[]>(...values: Values): Read<Values[number]> =>
  (value) =>
    values.includes(value) ? value : undefined

/** A whole number between bounds. */
export const wholeNumber =
  (least = 0, most = Number.MAX_SAFE_INTEGER): Read<number> =>
  (value) => {
    const number = /^\d{1,15}$/.test(value) ? Number(value) : undefined
    return number !== undefined && number >= least && number <= most ? number : undefined
  }

/** A time as RFC 3339, the same text the API takes. */
export const time: Read<string> = (value) =>
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value) && !Number.isNaN(Date.parse(value))
    ? value
    : undefined

/** A flag that is there or not: `?live=1`. */
export const flag: Read<true> = (value) => (value === '1' || value === 'true' ? true : undefined)

/** Several texts, joined by commas. */
export const list: Read<readonly string[]> = (value) => {
  const entries = value.split(',').filter((entry) => entry !== '')
  return entries.length > 0 ? entries : undefined
}

/** The text of an address's search for parameters; true is 1, lists are joined by commas, what is absent is left out. */
export function writeSearch(search: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(search)) {
    if (value === undefined || value === null || value === false || textOf(value) === '') continue
    query.set(name, textOf(value))
  }
  // Commas and colons are allowed in a query and read better than their escapes.
  const written = query.toString().replaceAll('%2C', ',').replaceAll('%3A', ':').replaceAll('%2F', '/')
  return written === '' ? '' : `?${written}`
}

/** The raw texts of an address's search. */
export const readSearch = (search: string): Record<string, string> => Object.fromEntries(new URLSearchParams(search))
