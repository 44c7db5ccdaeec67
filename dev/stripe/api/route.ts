import type { z } from 'zod'
import { readParams } from '../protocol/params.ts'
import type { FormTree } from '../protocol/form.ts'
import type { World } from '../world/world.ts'

type Method = 'GET' | 'POST' | 'DELETE'

export type Call<P> = {
  readonly world: World
  readonly params: P
  /** What stands for `:id` in the path. */
  readonly id: string
  /** The path as it was asked. */
  readonly path: string
}

export type Route = {
  readonly method: Method
  /** `/v1/customers/:id` */
  readonly path: string
  /** Reads the parameters; what it gives does the work. */
  readonly begin: (
    world: World,
    request: { readonly tree: FormTree; readonly id: string; readonly path: string },
  ) => () => object
}

/** One operation of the API: its parameters are read, and whatever is not expected is refused, before it acts. */
export const route = <P>(
  method: Method,
  path: string,
  schema: z.ZodType<P>,
  act: (call: Call<P>) => object,
): Route => ({
  method,
  path,
  begin(world, { tree, id, path: asked }) {
    const params = readParams(schema, tree)
    return () => act({ world, params, id, path: asked })
  },
})

export type Found = { readonly route: Route; readonly id: string }

/** Words that stand where an id may, and are no id: what they lead to at Stripe is not here. */
const words = new Set(['search'])

export function findRoute(routes: readonly Route[], method: string, path: string): Found | undefined {
  const asked = path.split('/')
  for (const candidate of routes) {
    const wanted = candidate.path.split('/')
    if (candidate.method !== method || wanted.length !== asked.length) continue
    const at = wanted.indexOf(':id')
    const id = at < 0 ? '' : (asked[at] ?? '')
    if (
      (at >= 0 && (id === '' || words.has(id))) ||
      !wanted.every((part, place) => place === at || part === asked[place])
    )
      continue
    // Ids are letters and digits: what would have to be decoded is none.
    return { route: candidate, id }
  }
  return undefined
}
