import { z } from '@hono/zod-openapi'
import { invalid } from './faults.ts'
import { parseJson } from '../core/json.ts'

/** Query fields of every list. */
export const pageFields = {
  limit: z
    .string()
    .regex(/^(?:[1-9]\d?|1\d\d|200)$/, { error: 'must be a whole number from 1 to 200' })
    .default('50')
    .transform(Number)
    .openapi({ type: 'integer', minimum: 1, maximum: 200, description: 'Entries per page; 50 unless said.' }),
  cursor: z
    .string()
    .min(1)
    .max(1_000)
    .optional()
    .openapi({ description: 'The `next_cursor` of the page before; opaque.' }),
}

/** For lists that clients ask for as a whole. */
export const longPageFields = {
  ...pageFields,
  limit: z
    .string()
    .regex(/^(?:[1-9]\d{0,2}|1000)$/, { error: 'must be a whole number from 1 to 1000' })
    .default('50')
    .transform(Number)
    .openapi({ type: 'integer', minimum: 1, maximum: 1_000, description: 'Entries per page; 50 unless said.' }),
}

/** How OpenRouter's clients page instead. */
export const offsetField = z
  .string()
  .regex(/^\d{1,6}$/, { error: 'must be a whole number' })
  .default('0')
  .transform(Number)
  .openapi({ type: 'integer', minimum: 0, description: "How many to pass over, as OpenRouter's clients page." })

/** An opaque text that remembers where a page ended. */
export const toCursor = (position: readonly string[]): string =>
  Buffer.from(JSON.stringify(position)).toString('base64url')

/** Reads a cursor of as many parts as `checks`, each accepted by its check; whatever is not one of ours is a 400. */
export function fromCursor(
  cursor: string | undefined,
  checks: readonly ((part: string) => boolean)[],
): readonly string[] | undefined {
  if (cursor === undefined) return undefined
  const position = parseJson(Buffer.from(cursor, 'base64url').toString('utf8'))
  const isOurs =
    Array.isArray(position) &&
    position.length === checks.length &&
    checks.every((check, at) => typeof position[at] === 'string' && check(position[at]))
  if (!isOurs) throw invalid('cursor: not one that this list gave', 'cursor')
  return position as readonly string[]
}

/** The answer of a list: a page, and where the next begins (null on the last one). */
export const pageOf = <T extends z.ZodType>(entry: T) =>
  z.object({ data: z.array(entry), next_cursor: z.string().nullable() })

/**
 * Makes a page of `limit` entries from up to `limit + 1` rows: the extra row only says that there is more.
 */
export function pageFrom<Row, Entry>(
  rows: readonly Row[],
  limit: number,
  { entry, position }: { entry: (row: Row) => Entry; position: (row: Row) => readonly string[] },
): { data: Entry[]; next_cursor: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const more = rows.length > limit && last !== undefined
  return { data: shown.map(entry), next_cursor: more ? toCursor(position(last)) : null }
}
