import type { z } from '@hono/zod-openapi'
import { type Csv, csvAnswer, csvBytes } from './csv.ts'
import { type Lines, linesAnswer, linesBytes } from './lines.ts'

type Kind = {
  readonly contentType: string
  readonly bytesOf: (answer: never) => AsyncIterable<Uint8Array>
}

/** Answers that are files: told as they are read, however long they are. */
const kinds: ReadonlyMap<z.ZodType, Kind> = new Map<z.ZodType, Kind>([
  [csvAnswer, { contentType: 'text/csv', bytesOf: csvBytes }],
  [linesAnswer, { contentType: 'application/jsonl', bytesOf: linesBytes }],
])

/** The content type of an operation's answer, where that is a file. */
export const fileTypeOf = (answer: z.ZodType): string | undefined => kinds.get(answer)?.contentType

/** A fault on the way breaks the connection, so that nobody takes a part for the whole. */
export function fileResponse(schema: z.ZodType, answer: unknown): Response {
  const { contentType, bytesOf } = kinds.get(schema)!
  return new Response(ReadableStream.from(bytesOf(answer as never)), {
    headers: {
      'content-type': `${contentType}; charset=utf-8`,
      'content-disposition': `attachment; filename="${(answer as Csv | Lines).fileName}"`,
      'cache-control': 'no-store',
    },
  })
}
