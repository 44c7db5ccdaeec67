import { equal, match, ok } from 'node:assert/strict'
import { after, suite } from 'node:test'
import { browserTest, expectAccessible, openPage, type Page, signIn, tabTo } from './support/browser/index.ts'
import { eventually } from './support/eventually.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const server = stage.server()
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

async function openAt(t: Parameters<typeof openPage>[0], path: string): Promise<Page> {
  const page = await openPage(t, server.url)
  await signIn(page, server, path)
  return page
}

suite('accounts', () => {
  browserTest('a code that no mail brings stands before the operator until it is used', async (t) => {
    const guest = await openPage(t, server.url)
    await guest.goto('/sign-in')
    await guest.getByLabel('E-mail').fill('ada@example.com')
    await guest.getByRole('button', { name: 'Send a code' }).click()
    await guest.getByText('it stands in the console under Admin, Accounts').waitFor()

    const page = await openAt(t, '/admin/accounts')
    const codes = page.getByRole('table', { name: 'Codes to hand on' })
    const code = await codes
      .getByRole('row', { name: /ada@example\.com/ })
      .locator('code')
      .innerText()
    await expectAccessible(page)
    await guest.getByLabel('Code of six digits').fill(code)
    await guest.keyboard.press('Enter')
    await guest.getByText('Available').first().waitFor()
    await codes.waitFor({ state: 'detached' })
    await page.getByRole('table', { name: 'Accounts' }).getByRole('row').nth(1).waitFor()
  })

  browserTest('an account is made, found, granted credits and has them taken back; the ledger tells why', async (t) => {
    const page = await openAt(t, '/admin/accounts')
    await heading(page, 'Accounts').waitFor()
    await page.keyboard.press('c')
    await page.getByLabel('Name', { exact: true }).fill('Zebra Ltd')
    await page.keyboard.press('Enter')
    await heading(page, 'Zebra Ltd').waitFor()
    await page.getByText('Nothing came in yet').waitFor()

    await page.getByRole('button', { name: 'Grant credits' }).click()
    await page.getByLabel('Amount', { exact: true }).fill('2500000')
    await page.getByText('= $1.25').waitFor()
    await page.getByLabel('Reason').fill('a warm welcome')
    await page.keyboard.press('Control+Enter')
    await page.getByText('2,500,000 credits granted to Zebra Ltd.').waitFor()
    const ledger = page.getByRole('table', { name: 'Movements' })
    await ledger.getByRole('row', { name: /grant a warm welcome \+2,500,000 2,500,000/ }).waitFor()

    await page.getByRole('button', { name: 'Take back' }).click()
    await page.getByLabel('Amount', { exact: true }).fill('500000.5')
    await page.getByLabel('Reason').fill('too warm')
    await page.keyboard.press('Enter')
    await ledger.getByRole('row', { name: /correction too warm/ }).waitFor()
    const { data } = await server.manage<{ data: { credits: { available: string } }[] }>('GET', '/accounts?q=zebra')
    equal(data[0]!.credits.available, '1999999.5')

    await page.getByRole('link', { name: 'All accounts' }).click()
    await page.getByLabel('Name or id').fill('zebra')
    await page.waitForURL(/[?&]q=zebra/)
    await page.getByRole('row', { name: /Operator/ }).waitFor({ state: 'hidden' })
    await page.getByRole('row', { name: /Zebra Ltd Active 2,000,000/ }).waitFor()
    await page.getByLabel('Name or id').fill('nobody of this name')
    await page.getByText('No result for these filters').waitFor()
    await stage.reconcile()
  })

  browserTest(
    'what is not possible says why: more than is left, the own account, a limit that is no number',
    async (t) => {
      const page = await openAt(t, '/admin/accounts')
      await page.getByRole('button', { name: 'Details of Operator' }).click()
      await heading(page, 'Operator').waitFor()
      const freeze = page.getByRole('button', { name: 'Freeze account' })
      equal(await freeze.getAttribute('aria-disabled'), 'true')
      await freeze.hover()
      await page.getByText('The operator cannot freeze its own account.').waitFor()
      await page.getByLabel(/^Calls per minute/).fill('many')
      equal(await page.getByRole('button', { name: 'Save' }).getAttribute('aria-disabled'), 'true')
    },
  )

  browserTest('a frozen account calls no more until it is unfrozen, and its limits are read back', async (t) => {
    const customer = await stage.addCustomer('1000000')
    const page = await openAt(t, `/admin/accounts/${customer.accountId}`)
    await page.getByRole('button', { name: 'Freeze account' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Freeze account' }).click()
    await page.getByText(/is frozen\./).waitFor()
    const call = () =>
      customer.ask('/v1/chat/completions', { model: 'local/echo', messages: [{ role: 'user', content: 'x' }] })
    match((await call()).text, /account_frozen/)
    await page.getByRole('button', { name: 'Unfreeze' }).click()
    await page.getByText('may call again').waitFor()
    equal((await call()).status, 200)

    await page.getByLabel(/^Calls at once/).fill('7')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved. It holds from the next call on.').waitFor()
    await page.reload()
    const atOnce = page.getByLabel(/^Calls at once/)
    await eventually('the limit is read back', async () => (await atOnce.inputValue()) === '7')
  })
})

suite('upkeep', () => {
  browserTest('the ledger is checked by keyboard alone, and each invariant told', async (t) => {
    const page = await openAt(t, '/admin/reconciliation')
    await heading(page, 'Reconciliation').waitFor()
    await tabTo(page, { role: 'button', name: 'Check the ledger' })
    await page.keyboard.press('Enter')
    await page.getByText('The ledger reconciles').waitFor()
    const invariants = page.getByRole('table', { name: 'Invariants' })
    const told = await invariants.getByRole('row').count()
    ok(told > 10)
    equal(await invariants.getByText('Holds', { exact: true }).count(), told - 1)
  })

  browserTest('a job is run by hand and says how long it took', async (t) => {
    const page = await openAt(t, '/admin/jobs')
    const row = page.getByRole('row', { name: /^reconcile-sample / })
    await row.getByRole('button', { name: 'Run now' }).click()
    await page.getByText(/reconcile-sample ran in \d+ ms/).waitFor()
    await row.getByText('Well').waitFor()
  })

  browserTest('who acts for a customer is told whose pages these are, and may change over', async (t) => {
    const page = await openAt(t, '/admin/jobs')
    await heading(page, 'Jobs').waitFor()
    await page.getByRole('button', { name: 'Account: Operator' }).click()
    await page.getByRole('menuitemradio', { name: /Demo/ }).click()
    await page.getByText("This page is the operator's").waitFor()
    await page.getByRole('button', { name: 'Act for Operator' }).click()
    await page.getByRole('table', { name: 'Jobs' }).waitFor()
  })
})
