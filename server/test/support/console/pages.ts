import type { Locator } from 'playwright-core'
import type { Page } from '../browser/index.ts'
import { settled } from '../browser/index.ts'
import type { Seeded } from './seed.ts'

export type ShownPage = {
  /** Of the screenshot. */
  readonly name: string
  readonly path: (seeded: Seeded) => string
  /** What its heading says. */
  readonly heading: RegExp
  readonly as: 'customer' | 'operator' | 'stranger'
  /** What somebody does there before it shows what it is for. */
  readonly does?: (page: Page) => Promise<void>
  /** What it shows last, where the heading alone does not tell that it is all there. */
  readonly awaits?: (page: Page) => Locator
}

const at = (
  name: string,
  heading: RegExp,
  path: string | ShownPage['path'],
  more: Pick<ShownPage, 'does' | 'awaits'> = {},
): ShownPage => ({
  ...{ name, heading, path: typeof path === 'string' ? () => path : path, ...more },
  as: name.startsWith('admin') ? 'operator' : name === 'join' || name === 'sign-in' ? 'stranger' : 'customer',
})

const sumOfReceipt = (page: Page) => page.getByRole('dialog', { name: 'Call' }).locator('tfoot')

async function askTwo(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^(Make|Renew) the key Playground$/ }).click()
  await page.getByText('Paid by').waitFor()
  await page.getByLabel('Message').fill('What is RedPill, and how do credits work?')
  await page.keyboard.press('Control+Enter')
}

const bothAnswers = (page: Page) => page.getByText(/\d+ in, \d+ out/).nth(1)

async function previewPrice(page: Page): Promise<void> {
  await page.getByLabel('Input').fill('1.4')
  await page.getByRole('button', { name: 'Preview' }).click()
}

const newPrices = (page: Page) => page.getByRole('table', { name: 'What callers would pay' })

/** Every page of the console: each is photographed, and tried for accessibility. Whoever adds a page adds its line. */
export const shownPages: readonly ShownPage[] = [
  at('overview', /^Overview$/, '/'),
  at('activity', /^Activity$/, '/activity'),
  at('calls', /^Calls$/, '/calls'),
  at('call', /^Calls$/, ({ rescued }) => `/calls?call=${rescued}`, { awaits: sumOfReceipt }),
  at('keys', /^Keys$/, '/keys'),
  at('key', /Support assistant/, ({ keys }) => `/keys/${keys.get('Support assistant')}`),
  at('credits', /^Credits$/, '/credits'),
  at('add-credits', /^Add credits$/, '/credits/add'),
  at('payments', /^Credits$/, '/credits?part=payments'),
  at('auto-top-up', /^Credits$/, '/credits?part=auto-top-up'),
  at('statement', /^Statement of /, () => `/credits/statements/${new Date().toISOString().slice(0, 7)}`),
  at('models', /^Models$/, '/models'),
  at('playground', /^Playground$/, '/playground?model=local/nano&second=local/echo', {
    does: askTwo,
    awaits: bothAnswers,
  }),
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
  at('admin-prices', /^Prices$/, '/admin/prices?model=openai/gpt-5', { does: previewPrice, awaits: newPrices }),
  at('admin-reconciliation', /^Reconciliation$/, '/admin/reconciliation'),
  at('admin-jobs', /^Jobs$/, '/admin/jobs'),
  // The last, since whoever opens them is signed out for it.
  at('join', /^Join Northwind Labs$/, ({ invitation }) => `/join${invitation}`),
  at('sign-in', /^Sign in to RedPill$/, '/sign-in'),
]

/** Opens a page for the seeded account, in a browser that is signed in, and waits until it can be used. */
export async function enterPage(page: Page, seeded: Seeded, { path, heading, as }: ShownPage): Promise<void> {
  const accountId = as === 'operator' ? seeded.operatorId : seeded.accountId
  if (as === 'stranger') await page.context().clearCookies()
  await page.addInitScript(
    `for (const each of [localStorage, sessionStorage]) each.setItem('redpill.account', '${accountId}')`,
  )
  await page.goto(path(seeded))
  await page.getByRole('heading', { level: 1, name: heading }).waitFor()
  await nothingBusy(page)
}

/** The same, until everything is there that the page is for. `onLoaded`: when all is there that comes by itself. */
export async function showPage(
  page: Page,
  seeded: Seeded,
  shown: ShownPage,
  onLoaded: (page: Page) => Promise<void> = async () => {},
): Promise<void> {
  await enterPage(page, seeded, shown)
  if (shown.does) {
    await onLoaded(page)
    await shown.does(page)
  }
  await shown.awaits?.(page).waitFor()
  await nothingBusy(page)
  await settled(page)
  if (!shown.does) await onLoaded(page)
}

/** Live events keep a connection open, so the network is never idle: what is busy says so itself. */
const nothingBusy = (page: Page) => page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
