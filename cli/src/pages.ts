import type { Page } from './answers.ts'
import type { Client, Query } from './client.ts'

const pageSize = 200

export type Listed<Entry> = {
  readonly entries: readonly Entry[]
  /** Whether the list goes on. */
  readonly more: boolean
}

/** Reads a list of the API from its beginning, at most `limit` entries. */
export async function readList<Entry>(
  client: Client,
  path: string,
  query: Query,
  limit: number,
): Promise<Listed<Entry>> {
  const entries: Entry[] = []
  let cursor: string | undefined
  do {
    const size = Math.min(pageSize, limit - entries.length)
    const page = await client.get<Page<Entry>>(path, { ...query, limit: String(size), cursor })
    entries.push(...page.data)
    cursor = page.next_cursor ?? undefined
  } while (cursor !== undefined && entries.length < limit)
  return { entries, more: cursor !== undefined }
}

/** Reads a list to its end. */
export const readWhole = async <Entry>(client: Client, path: string, query: Query = {}): Promise<readonly Entry[]> =>
  (await readList<Entry>(client, path, query, Infinity)).entries
