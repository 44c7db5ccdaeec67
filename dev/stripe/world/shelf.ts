import { invalid, missing, missingParam } from '../protocol/faults.ts'

export type Kept = { readonly id: string; readonly created: number }

/** All objects of one kind, as they are now. Objects are never changed in place: what was handed out stays as it was. */
export type Shelf<T extends Kept> = {
  readonly kind: string
  readonly find: (id: string) => T | undefined
  /** The object, or Stripe's 404. */
  readonly get: (id: string) => T
  /** The object that a parameter names, or Stripe's 400. */
  readonly named: (id: string, param: string) => T
  readonly put: (object: T) => T
  readonly change: (id: string, change: Partial<T>) => T
  readonly remove: (id: string) => void
  /** The newest first, as Stripe lists. */
  readonly newestFirst: () => readonly T[]
}

export function makeShelf<T extends Kept>(kind: string): Shelf<T> {
  const objects = new Map<string, T>()
  const get = (id: string): T => {
    const found = objects.get(id)
    if (!found) throw missing(kind, id, kind === 'payment_intent' || kind === 'setup_intent' ? 'intent' : 'id')
    return found
  }
  const put = (object: T): T => {
    objects.set(object.id, object)
    return object
  }
  return {
    kind,
    find: (id) => objects.get(id),
    get,
    put,
    named(id, param) {
      const found = objects.get(id)
      if (!found) throw missingParam(kind, id, param)
      return found
    },
    change: (id, change) => put({ ...get(id), ...change }),
    remove: (id) => void objects.delete(id),
    newestFirst: () => [...objects.values()].toReversed(),
  }
}

export type PageOptions = {
  readonly limit?: number | undefined
  readonly starting_after?: string | undefined
  readonly ending_before?: string | undefined
}

export type Listed<T> = { object: 'list'; data: T[]; has_more: boolean; url: string }

const pageSize = 10

/** One page of what is there, by Stripe's cursors. `objects` are the newest first. */
export function pageOf<T extends { readonly id: string }>(
  kind: string,
  objects: readonly T[],
  url: string,
  { limit = pageSize, starting_after: after, ending_before: before }: PageOptions,
): Listed<T> {
  if (after !== undefined && before !== undefined)
    throw invalid('You cannot parameterize both starting_after and ending_before.', { param: 'starting_after' })
  const placeOf = (id: string, param: string): number => {
    const place = objects.findIndex((object) => object.id === id)
    if (place < 0) throw missingParam(kind, id, param)
    return place
  }
  if (before !== undefined) {
    const end = placeOf(before, 'ending_before')
    const start = Math.max(0, end - limit)
    return { object: 'list', data: objects.slice(start, end), has_more: start > 0, url }
  }
  const start = after === undefined ? 0 : placeOf(after, 'starting_after') + 1
  const data = objects.slice(start, start + limit)
  return { object: 'list', data, has_more: start + limit < objects.length, url }
}
