import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  Outlet,
  redirect,
  type SearchMiddleware,
} from '@tanstack/react-router'
import { listenTo } from '../api/live/live.ts'
import { sessionQuery } from '../api/session.ts'
import { Doorway, isOpenPath } from '../frame/doorway.tsx'
import { oneOf, searchShape, text } from '../lib/search.ts'

type Context = { readonly queries: QueryClient }

const zoneSearch = searchShape({ zone: oneOf('local', 'utc') })

/** Links keep the zone in which times are shown. */
const keepZone: SearchMiddleware<ReturnType<typeof zoneSearch>> = ({ search, next }) => ({
  zone: search.zone,
  ...next(search),
})

/** Where every address begins. */
export const root = createRootRouteWithContext<Context>()({
  validateSearch: zoneSearch,
  search: { middlewares: [keepZone] },
  component: Outlet,
})

const callSearch = searchShape({ call: text })

/** Pages for the signed-in, inside navigation and top bar. Each of them may show the receipt of a call at its side. */
export const framed = createRoute({
  getParentRoute: () => root,
  id: 'framed',
  validateSearch: callSearch,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery)
    if (!session && !isOpenPath(location.pathname)) throw redirect({ to: '/sign-in', search: { next: location.href } })
  },
  // Beside the page's files, and before the page reads anything: what it reads is kept true from its beginning.
  loader: async ({ context: { queries } }) => {
    const session = queries.getQueryData(sessionQuery.queryKey)
    if (session?.account_id) await listenTo(queries, session.account_id)
  },
  component: Doorway,
})
