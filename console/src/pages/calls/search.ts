import { callFilterShape, rangeShape } from '../../lib/call-search.ts'
import { flag, list, type SearchOf, searchShape } from '../../lib/search.ts'

const shape = { ...callFilterShape, ...rangeShape, paused: flag, columns: list } as const

/** What the page of calls keeps in its address. */
export type CallsSearch = SearchOf<typeof shape>
export const callsSearch = searchShape(shape)

/** What the page shows when its address names no time. */
export const usualRange = '24h'
