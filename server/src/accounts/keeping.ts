import type { KeepingColumns } from './store.ts'
import type { Keeping } from './types.ts'

/** What is absent (or `undefined`) stays as it is; `null` leaves it to the request, or to the server. */
export type KeepingChange = {
  readonly cacheSeconds?: number | null | undefined
  readonly storeAnswers?: boolean | null | undefined
}

export const noKeeping: KeepingColumns = { cache_seconds: null, store_answers: null }

export const keepingOf = (row: KeepingColumns): Keeping => ({
  cacheSeconds: row.cache_seconds ?? undefined,
  storeAnswers: row.store_answers ?? undefined,
})

export const changedKeeping = (before: KeepingColumns, change: KeepingChange): KeepingColumns => ({
  cache_seconds: change.cacheSeconds === undefined ? before.cache_seconds : change.cacheSeconds,
  store_answers: change.storeAnswers === undefined ? before.store_answers : change.storeAnswers,
})
