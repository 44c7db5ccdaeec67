import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
  type SearchMiddleware,
} from '@tanstack/react-router'
import { sessionQuery } from './api/session.ts'
import { Doorway, isOpenPath } from './frame/doorway.tsx'
import { NotFound } from './frame/not-found.tsx'
import { PageFailure } from './frame/page-failure.tsx'
import { flag, oneOf, readSearch, searchShape, text, writeSearch } from './lib/search.ts'
import { Pending } from './frame/pending.tsx'
import { activitySearch } from './pages/activity/question.ts'
import { adminModelsSearch } from './pages/admin-models/search.ts'
import { pricesSearch } from './pages/admin-prices/search.ts'
import { providersSearch } from './pages/admin-providers/search.ts'
import { callsSearch } from './pages/calls/search.ts'
import { creditsSearch } from './pages/credits/search.ts'
import { modelsSearch } from './pages/models/search.ts'
import { playgroundSearch } from './pages/playground/search.ts'

/** Every page: its address, what it keeps in it, and the file that is fetched when it is opened. */

type Context = { readonly queries: QueryClient }

const zoneSearch = searchShape({ zone: oneOf('local', 'utc') })

/** Links keep the zone in which times are shown. */
const keepZone: SearchMiddleware<ReturnType<typeof zoneSearch>> = ({ search, next }) => ({
  zone: search.zone,
  ...next(search),
})

const root = createRootRouteWithContext<Context>()({
  validateSearch: zoneSearch,
  search: { middlewares: [keepZone] },
  component: Outlet,
})

const oauthError = oneOf(
  'oauth_cancelled',
  'oauth_expired',
  'oauth_failed',
  'oauth_sign_up_closed',
  'oauth_taken',
  'oauth_not_signed_in',
)

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: searchShape({ next: text, error: oauthError }),
  component: lazyRouteComponent(() => import('./pages/sign-in/sign-in-page.tsx'), 'SignInPage'),
})

/** The link of an invitation. */
const join = createRoute({
  getParentRoute: () => root,
  path: '/join',
  component: lazyRouteComponent(() => import('./pages/join/join-page.tsx'), 'JoinPage'),
})

const callSearch = searchShape({ call: text })

/** Pages for the signed-in, inside navigation and top bar. Each of them may show the receipt of a call at its side. */
const framed = createRoute({
  getParentRoute: () => root,
  id: 'framed',
  validateSearch: callSearch,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queries.ensureQueryData(sessionQuery)
    if (!session && !isOpenPath(location.pathname)) throw redirect({ to: '/sign-in', search: { next: location.href } })
  },
  component: Doorway,
})

const models = createRoute({
  getParentRoute: () => framed,
  path: '/models',
  validateSearch: modelsSearch,
  component: lazyRouteComponent(() => import('./pages/models/models-page.tsx'), 'ModelsPage'),
})

const playground = createRoute({
  getParentRoute: () => framed,
  path: '/playground',
  validateSearch: playgroundSearch,
  component: lazyRouteComponent(() => import('./pages/playground/playground-page.tsx'), 'PlaygroundPage'),
})

const adminProviders = createRoute({
  getParentRoute: () => framed,
  path: '/admin/providers',
  validateSearch: providersSearch,
  component: lazyRouteComponent(() => import('./pages/admin-providers/providers-page.tsx'), 'AdminProvidersPage'),
})

const adminModels = createRoute({
  getParentRoute: () => framed,
  path: '/admin/models',
  validateSearch: adminModelsSearch,
  component: lazyRouteComponent(() => import('./pages/admin-models/models-page.tsx'), 'AdminModelsPage'),
})

const adminPrices = createRoute({
  getParentRoute: () => framed,
  path: '/admin/prices',
  validateSearch: pricesSearch,
  component: lazyRouteComponent(() => import('./pages/admin-prices/prices-page.tsx'), 'AdminPricesPage'),
})

const overview = createRoute({
  getParentRoute: () => framed,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/overview/overview-page.tsx'), 'OverviewPage'),
})

const activity = createRoute({
  getParentRoute: () => framed,
  path: '/activity',
  validateSearch: activitySearch,
  component: lazyRouteComponent(() => import('./pages/activity/activity-page.tsx'), 'ActivityPage'),
})

const calls = createRoute({
  getParentRoute: () => framed,
  path: '/calls',
  validateSearch: callsSearch,
  component: lazyRouteComponent(() => import('./pages/calls/calls-page.tsx'), 'CallsPage'),
})

const keys = createRoute({
  getParentRoute: () => framed,
  path: '/keys',
  validateSearch: searchShape({ search: text, state: oneOf('active', 'frozen', 'expired'), create: flag }),
  component: lazyRouteComponent(() => import('./pages/keys/keys-page.tsx'), 'KeysPage'),
})

const key = createRoute({
  getParentRoute: () => framed,
  path: '/keys/$id',
  validateSearch: searchShape({ days: oneOf('7', '30', '90'), group: oneOf('model', 'provider', 'day') }),
  component: lazyRouteComponent(() => import('./pages/keys/key-page.tsx'), 'KeyPage'),
})

const credits = createRoute({
  getParentRoute: () => framed,
  path: '/credits',
  validateSearch: creditsSearch,
  component: lazyRouteComponent(() => import('./pages/credits/credits-page.tsx'), 'CreditsPage'),
})

const statement = createRoute({
  getParentRoute: () => framed,
  path: '/credits/statements/$month',
  component: lazyRouteComponent(() => import('./pages/credits/statement-page.tsx'), 'StatementPage'),
})

const admin = createRoute({
  getParentRoute: () => framed,
  path: '/admin',
  beforeLoad: () => {
    throw redirect({ to: '/admin/accounts' })
  },
})

const adminAccounts = createRoute({
  getParentRoute: () => framed,
  path: '/admin/accounts',
  validateSearch: searchShape({ q: text, create: flag }),
  component: lazyRouteComponent(() => import('./pages/admin-accounts/accounts-page.tsx'), 'AdminAccountsPage'),
})

const adminAccount = createRoute({
  getParentRoute: () => framed,
  path: '/admin/accounts/$id',
  component: lazyRouteComponent(() => import('./pages/admin-accounts/account-page.tsx'), 'AdminAccountPage'),
})

const adminReconciliation = createRoute({
  getParentRoute: () => framed,
  path: '/admin/reconciliation',
  component: lazyRouteComponent(() => import('./pages/admin-upkeep/reconciliation-page.tsx'), 'ReconciliationPage'),
})

const adminJobs = createRoute({
  getParentRoute: () => framed,
  path: '/admin/jobs',
  component: lazyRouteComponent(() => import('./pages/admin-upkeep/jobs-page.tsx'), 'JobsPage'),
})

const notFound = createRoute({ getParentRoute: () => framed, path: '$', component: NotFound })

const adminPages = [
  ...[admin, adminAccounts, adminAccount, adminReconciliation, adminJobs],
  ...[adminProviders, adminModels, adminPrices],
] as const

const routes = root.addChildren([
  signIn,
  join,
  framed.addChildren([
    overview,
    activity,
    calls,
    keys,
    key,
    credits,
    statement,
    models,
    playground,
    ...adminPages,
    notFound,
  ]),
])

/** The console's router; pages are fetched when a link to them is pointed at. */
export const makeRouter = (queries: QueryClient) =>
  createRouter({
    routeTree: routes,
    context: { queries },
    defaultPreload: 'intent',
    // What a page reads is kept by the query cache; the router must not keep it a second time.
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageFailure,
    defaultNotFoundComponent: NotFound,
    defaultPendingComponent: Pending,
    defaultPendingMs: 400,
    scrollRestoration: true,
    parseSearch: readSearch,
    stringifySearch: writeSearch,
  })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
