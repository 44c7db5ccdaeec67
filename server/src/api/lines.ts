/** JSON Lines (jsonlines.org): a JSON value on each line, told as it is read. */
import { z } from '@hono/zod-openapi'
import { inPieces } from './pieces.ts'

export type Lines = { readonly fileName: string; readonly values: AsyncIterable<object> }

/** The answer of an operation that tells lines; whatever it answers leaves as application/jsonl. */
export const linesAnswer = z.custom<Lines>()

async function* linesText({ values }: Lines): AsyncGenerator<string> {
  for await (const value of values) yield `${JSON.stringify(value)}\n`
}

/** The lines as bytes, as fast as they are taken. */
export const linesBytes = (lines: Lines): AsyncGenerator<Uint8Array> => inPieces(linesText(lines))
