import { createRoute, lazyRouteComponent, redirect } from '@tanstack/react-router'
import { flag, searchShape, text } from '../lib/search.ts'
import { adminModelsSearch } from '../pages/admin-models/search.ts'
import { adminPaymentsSearch } from '../pages/admin-payments/search.ts'
import { pricesSearch } from '../pages/admin-prices/search.ts'
import { providersSearch } from '../pages/admin-providers/search.ts'
import { framed } from './framed.ts'

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
  validateSearch: searchShape({ q: text, owing: flag, create: flag }),
  component: lazyRouteComponent(() => import('../pages/admin-accounts/accounts-page.tsx'), 'AdminAccountsPage'),
})

const adminAccount = createRoute({
  getParentRoute: () => framed,
  path: '/admin/accounts/$id',
  component: lazyRouteComponent(() => import('../pages/admin-accounts/account-page.tsx'), 'AdminAccountPage'),
})

const adminPayments = createRoute({
  getParentRoute: () => framed,
  path: '/admin/payments',
  validateSearch: adminPaymentsSearch,
  component: lazyRouteComponent(() => import('../pages/admin-payments/payments-page.tsx'), 'AdminPaymentsPage'),
})

const adminReconciliation = createRoute({
  getParentRoute: () => framed,
  path: '/admin/reconciliation',
  component: lazyRouteComponent(() => import('../pages/admin-upkeep/reconciliation-page.tsx'), 'ReconciliationPage'),
})

const adminJobs = createRoute({
  getParentRoute: () => framed,
  path: '/admin/jobs',
  component: lazyRouteComponent(() => import('../pages/admin-upkeep/jobs-page.tsx'), 'JobsPage'),
})

const adminProviders = createRoute({
  getParentRoute: () => framed,
  path: '/admin/providers',
  validateSearch: providersSearch,
  component: lazyRouteComponent(() => import('../pages/admin-providers/providers-page.tsx'), 'AdminProvidersPage'),
})

const adminModels = createRoute({
  getParentRoute: () => framed,
  path: '/admin/models',
  validateSearch: adminModelsSearch,
  component: lazyRouteComponent(() => import('../pages/admin-models/models-page.tsx'), 'AdminModelsPage'),
})

const adminPrices = createRoute({
  getParentRoute: () => framed,
  path: '/admin/prices',
  validateSearch: pricesSearch,
  component: lazyRouteComponent(() => import('../pages/admin-prices/prices-page.tsx'), 'AdminPricesPage'),
})

/** What the operator looks after. */
export const adminRoutes = [
  ...[admin, adminAccounts, adminAccount, adminReconciliation, adminJobs],
  ...[adminPayments, adminProviders, adminModels, adminPrices],
] as const
