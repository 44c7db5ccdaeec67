import type { Page } from '../browser/index.ts'
import { settled } from '../browser/index.ts'
import type { Seeded } from './seed.ts'

export type ShownPage = {
  /** Of the screenshot. */
  readonly name: string
  readonly path: (seeded: Seeded) => string
  /** What its heading says. */
  readonly heading: RegExp
  readonly as: 'customer' | 'operator'
}

const at = (name: string, heading: RegExp, path: string | ShownPage['path']): ShownPage => ({
  ...{ name, heading, path: typeof path === 'string' ? () => path : path },
  as: name.startsWith('admin') ? 'operator' : 'customer',
})

/** Every page of the console: each is photographed, and tried for accessibility. Whoever adds a page adds its line. */
export const shownPages: readonly ShownPage[] = [
  at('overview', /^Overview$/, '/'),
  at('activity', /^Activity$/, '/activity'),
  at('calls', /^Calls$/, '/calls'),
  at('call', /^Calls$/, ({ rescued }) => `/calls?call=${rescued}`),
  at('keys', /^Keys$/, '/keys'),
  at('key', /Support assistant/, ({ keys }) => `/keys/${keys.get('Support assistant')}`),
  at('credits', /^Credits$/, '/credits'),
  at('add-credits', /^Add credits$/, '/credits/add'),
  at('payments', /^Credits$/, '/credits?part=payments'),
  at('auto-top-up', /^Credits$/, '/credits?part=auto-top-up'),
  at('statement', /^Statement of /, () => `/credits/statements/${new Date().toISOString().slice(0, 7)}`),
  at('models', /^Models$/, '/models'),
  at('playground', /^Playground$/, '/playground'),
  at('settings-profile', /^Profile$/, '/settings/profile'),
  at('settings-sign-in', /^Sign-in$/, '/settings/sign-in'),
  at('settings-members', /^Members$/, '/settings/members'),
  at('settings-alerts', /^Alerts$/, '/settings/alerts'),
  at('settings-provider-keys', /^Provider keys$/, '/settings/provider-keys'),
  at('settings-audit', /^Audit log$/, '/settings/audit'),
  at('settings-data', /^Data$/, '/settings/data'),
  at('admin-accounts', /^Accounts$/, '/admin/accounts'),
  at('admin-account', /Northwind Labs/, ({ accountId }) => `/admin/accounts/${accountId}`),
  at('admin-payments', /^Payments$/, '/admin/payments'),
  at('admin-payments-codes', /^Payments$/, '/admin/payments?part=codes'),
  at('admin-payments-to-send', /^Payments$/, '/admin/payments?part=to-send'),
  at('admin-payments-reconciliation', /^Payments$/, '/admin/payments?part=reconciliation'),
  at('admin-providers', /^Providers$/, '/admin/providers'),
  at('admin-models', /^Models and offers$/, '/admin/models'),
  at('admin-prices', /^Prices$/, '/admin/prices'),
  at('admin-reconciliation', /^Reconciliation$/, '/admin/reconciliation'),
  at('admin-jobs', /^Jobs$/, '/admin/jobs'),
]

/** Opens a page for the seeded account, in a browser that is signed in, and waits until everything on it is there. */
export async function showPage(page: Page, seeded: Seeded, { path, heading, as }: ShownPage): Promise<void> {
  const accountId = as === 'operator' ? seeded.operatorId : seeded.accountId
  await page.addInitScript(
    `for (const each of [localStorage, sessionStorage]) each.setItem('redpill.account', '${accountId}')`,
  )
  await page.goto(path(seeded))
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  // Live events keep a connection open, so the network is never idle: what is busy says so itself.
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
  await settled(page)
}
