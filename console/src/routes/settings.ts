import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { oneOf, searchShape } from '../lib/search.ts'
import { targets } from '../pages/settings/audit-words.ts'
import { framed } from './framed.ts'

const settings = createRoute({
  getParentRoute: () => framed,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/profile' })
  },
})

const profile = createRoute({
  getParentRoute: () => framed,
  path: '/settings/profile',
  component: lazyRouteComponent(() => import('../pages/settings/profile-page.tsx'), 'ProfilePage'),
})

const ways = createRoute({
  getParentRoute: () => framed,
  path: '/settings/sign-in',
  component: lazyRouteComponent(() => import('../pages/settings/ways-page.tsx'), 'WaysPage'),
})

const members = createRoute({
  getParentRoute: () => framed,
  path: '/settings/members',
  component: lazyRouteComponent(() => import('../pages/settings/members-page.tsx'), 'MembersPage'),
})

const alerts = createRoute({
  getParentRoute: () => framed,
  path: '/settings/alerts',
  component: lazyRouteComponent(() => import('../pages/settings/alerts-page.tsx'), 'AlertsPage'),
})

const providerKeys = createRoute({
  getParentRoute: () => framed,
  path: '/settings/provider-keys',
  component: lazyRouteComponent(() => import('../pages/settings/provider-keys-page.tsx'), 'ProviderKeysPage'),
})

const audit = createRoute({
  getParentRoute: () => framed,
  path: '/settings/audit',
  validateSearch: searchShape({ target: oneOf(...targets), actor: oneOf('person', 'key', 'system') }),
  component: lazyRouteComponent(() => import('../pages/settings/audit-page.tsx'), 'AuditPage'),
})

const data = createRoute({
  getParentRoute: () => framed,
  path: '/settings/data',
  component: lazyRouteComponent(() => import('../pages/settings/data-page.tsx'), 'DataPage'),
})

/** What a person and an account have set. */
export const settingsRoutes = [settings, profile, ways, members, alerts, providerKeys, audit, data] as const
