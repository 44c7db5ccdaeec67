import type { QueryClient } from '@tanstack/react-query'
import { createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router'
import { NotFound } from './frame/not-found.tsx'
import { PageFailure } from './frame/page-failure.tsx'
import { flag, oneOf, readSearch, searchShape, text, writeSearch } from './lib/search.ts'
import { Pending } from './frame/pending.tsx'
import { activitySearch } from './pages/activity/question.ts'
import { callsSearch } from './pages/calls/search.ts'
import { addCreditsSearch } from './pages/add-credits/search.ts'
import { creditsSearch } from './pages/credits/search.ts'
import { adminRoutes } from './routes/admin.ts'
import { framed, root } from './routes/framed.ts'
import { settingsRoutes } from './routes/settings.ts'
import { modelsSearch } from './pages/models/search.ts'
import { playgroundSearch } from './pages/playground/search.ts'

/** Every page: its address, what it keeps in it, and the file that is fetched when it is opened. */

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

const addCredits = createRoute({
  getParentRoute: () => framed,
  path: '/credits/add',
  validateSearch: addCreditsSearch,
  component: lazyRouteComponent(() => import('./pages/add-credits/add-credits-page.tsx'), 'AddCreditsPage'),
})

const statement = createRoute({
  getParentRoute: () => framed,
  path: '/credits/statements/$month',
  component: lazyRouteComponent(() => import('./pages/credits/statement-page.tsx'), 'StatementPage'),
})

const notFound = createRoute({ getParentRoute: () => framed, path: '$', component: NotFound })

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
    addCredits,
    statement,
    models,
    playground,
    ...settingsRoutes,
    ...adminRoutes,
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
