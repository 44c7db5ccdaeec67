/** CSV as RFC 4180 has it, with cells that no spreadsheet takes for a formula. */
import { z } from '@hono/zod-openapi'
import { inPieces } from './pieces.ts'

export type Cell = string | number | bigint | boolean | null | undefined

/** A table that is told as it is read: the first row is the head. */
export type Csv = { readonly fileName: string; readonly rows: AsyncIterable<readonly Cell[]> }

/** The answer of an operation that tells a table; whatever it answers leaves as text/csv. */
export const csvAnswer = z.custom<Csv>()

/** What spreadsheets run instead of showing it (OWASP, "CSV injection"). */
const formula = /^[=+\-@\t\r]/
const number = /^-?\d+(?:\.\d+)?$/

/** A plain number is left as it is: a negative amount is none of the formulas that begin with a minus. */
function cellText(cell: Cell): string {
  const text = cell === null || cell === undefined ? '' : String(cell)
  const safe = formula.test(text) && !number.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export const csvLine = (cells: readonly Cell[]): string => `${cells.map(cellText).join(',')}\r\n`

async function* csvText({ rows }: Csv): AsyncGenerator<string> {
  for await (const row of rows) yield csvLine(row)
}

/** The table as bytes, as fast as they are taken. */
export const csvBytes = (csv: Csv): AsyncGenerator<Uint8Array> => inPieces(csvText(csv))
