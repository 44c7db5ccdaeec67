import { equal, match, ok } from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after } from 'node:test'
import { parseCredits, zero, add, toCredits } from '../src/core/money.ts'
import { browserTest, expectAccessible, openPage, type Page, pressKeys } from './support/browser/index.ts'
import { signInAs } from './support/browser/member.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
// Every call of it costs 2,000 credits, which are 0.001 USD.
const model = 'acme/one-price'
const prices = { input: '0', output: '0', request: '1000' }
await stage.addModel({ id: model, prices, offers: [{ providerId, upstreamModel: 'normal' }] })
await stage.addModel({ id: 'acme/silent', prices, offers: [{ providerId, upstreamModel: 'stall-before' }] })

const cells = async (page: Page, column: string): Promise<string[]> =>
  page.locator(`tbody td[data-label="${column}"]`).allInnerTexts()
const ledgerOf = (page: Page) => page.getByRole('table', { name: 'Ledger' })
const figure = (page: Page, label: string) => page.locator('.balance-figures .stat').filter({ hasText: label })

browserTest('the ledger, filtered, has the sum of its CSV and that of the figure it explains', async (t) => {
  const customer = await stage.addCustomer('1000000')
  for (let n = 0; n < 4; n++) equal((await customer.chat({ model })).status, 200)
  await stage.server().manage('POST', `/accounts/${customer.accountId}/grants`, { credits: '0.5', reason: '=1+1' })
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { ...customer, role: 'billing', path: '/credits' })
  await ledgerOf(page).getByRole('row').nth(6).waitFor()
  await figure(page, 'Spent').getByText('8,000 credits').waitFor()
  await page.getByText('1,000,001 credits granted = 992,001 credits available + 0 credits on hold + 8,000').waitFor()

  await figure(page, 'Spent').getByRole('link').click()
  await page.waitForURL(/kind=usage/)
  await ledgerOf(page).getByRole('row').last().getByText('−8,000').waitFor()
  equal((await cells(page, 'What')).join(), 'Call,Call,Call,Call')
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: 'CSV' }).click()
  const rows = (await readFile(await (await download).path(), 'utf8')).trim().split('\r\n').slice(1)
  equal(rows.length, 4)
  const sum = rows.map((row) => parseCredits(row.split(',')[4]!)!).reduce(add, zero)
  equal(toCredits(sum), '-8000')

  await page.getByRole('button', { name: 'Clear' }).click()
  await page.getByRole('combobox', { name: 'Direction' }).selectOption('Came in')
  await page.waitForURL(/direction=in/)
  await ledgerOf(page).getByRole('row').last().getByText('+1,000,001').waitFor()
})

browserTest('a call with a key moves the balance, holds and ledger of the open page, without reload', async (t) => {
  const customer = await stage.addCustomer('1000000')
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { ...customer, role: 'viewer', path: '/credits' })
  await figure(page, 'Available').getByText('1,000,000 credits').waitFor()
  await page.locator('[data-live="live"]').waitFor()
  equal((await customer.chat({ model })).status, 200)
  await figure(page, 'Available').getByText('998,000 credits').waitFor()
  await ledgerOf(page).getByText('−2,000').first().waitFor()

  await page.getByRole('tab', { name: 'On hold' }).click()
  await page.getByText('Nothing is on hold').waitFor()
  const stop = new AbortController()
  const running = customer.chat({ model: 'acme/silent' }, { signal: stop.signal }).catch(() => undefined)
  const holds = page.getByRole('table', { name: 'Holds' })
  await holds.getByText('acme/silent').waitFor()
  await figure(page, 'On hold')
    .getByText(/[1-9][\d,]* credits/)
    .waitFor()
  stop.abort()
  await running
  await page.getByText('Nothing is on hold').waitFor()
  await figure(page, 'On hold').getByText('0 credits').waitFor()
})

browserTest(
  'the statement of the month reconciles to zero, and its lines lead to the ledger of that month',
  async (t) => {
    const customer = await stage.addCustomer('1000000')
    equal((await customer.chat({ model })).status, 200)
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { ...customer, role: 'owner', path: '/credits?part=statements' })
    await page
      .getByRole('button', { name: /Statement of/ })
      .first()
      .click()
    await page.getByRole('heading', { level: 1, name: /^Statement of / }).waitFor()
    await page.getByText('Reconciles to zero').waitFor()
    await page.getByText('0 credits opening + 998,000 credits moved − 998,000 credits closing = 0 credits.').waitFor()
    await page.getByRole('link', { name: 'Call', exact: true }).click()
    await page.waitForURL(/\/credits\?.*kind=usage/)
    await ledgerOf(page).getByRole('row').last().getByText('−2,000').waitFor()
    await ledgerOf(page).getByRole('row').nth(1).click()
    await page.getByRole('dialog').getByText(model).first().waitFor()
  },
)

browserTest(
  'what was taken back is told with what came in; the alert is set by billing, and shown to others with the reason',
  async (t) => {
    const customer = await stage.addCustomer('1000')
    const { manage } = stage.server()
    const { accountId } = customer
    const { data } = await manage<{ data: { id: string } }>('POST', `/accounts/${accountId}/grants`, {
      credits: '500',
      reason: 'By mistake',
    })
    await manage('POST', `/accounts/${accountId}/corrections`, {
      transfer_id: data.id,
      credits: '200',
      reason: 'Half of it',
    })
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { accountId, role: 'billing', path: '/credits?part=came-in' })
    const row = page.getByRole('row').filter({ hasText: 'By mistake' })
    await row.getByText('Partly taken back').waitFor()
    await row.getByText('200 taken back').waitFor()
    await page.getByText(/granted by the operator of this server, who needs the id of this account/).waitFor()

    await page.getByRole('button', { name: 'Alert: off' }).click()
    await page.getByRole('textbox', { name: /falls below/ }).fill('250')
    await page.getByRole('button', { name: 'Set the alert' }).click()
    await page.getByRole('button', { name: 'Alert below 250 credits' }).waitFor()

    await stage.database.pool.query("update member set role = 'viewer' where account_id = $1", [accountId])
    await page.reload()
    await page.getByRole('button', { name: 'Alert below 250 credits' }).click()
    const set = page.getByRole('button', { name: 'Set the alert' })
    equal(await set.getAttribute('aria-disabled'), 'true')
    await set.focus()
    await page.getByRole('tooltip').filter({ hasText: 'Owners, admins and billing may do this.' }).waitFor()
  },
)

browserTest('credits are for everybody: each part, at each width, light and dark, and by keys alone', async (t) => {
  const customer = await stage.addCustomer('1000000')
  for (let n = 0; n < 3; n++) await customer.chat({ model })
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { ...customer, role: 'owner', path: '/credits' })
  await ledgerOf(page).getByRole('row').nth(4).waitFor()
  await pressKeys(page, 'j j Enter')
  await page.getByRole('dialog').waitFor()
  match(page.url(), /call=gen-/)
  await page.keyboard.press('Escape')
  await pressKeys(page, '/')
  await page.getByRole('combobox', { name: 'Kind' }).selectOption('Expired')
  await page.getByText('No result for these filters').waitFor()
  for (const part of ['holds', 'lots', 'came-in', 'statements']) {
    await page.goto(`/credits?part=${part}`)
    await page.getByRole('tab', { selected: true }).waitFor()
    await page.locator('.skeleton').first().waitFor({ state: 'detached' })
    await expectAccessible(page)
  }
  ok(await page.title())
})
