import { equal } from 'node:assert/strict'
import { after } from 'node:test'
import type { Uuid } from '../src/core/ids.ts'
import { type NanoUsd, usd } from '../src/core/money.ts'
import { openBatchLane, registerProcess, takeBack } from '../src/credits/index.ts'
import { browserTest, expectAccessible, openPage, type Page, signIn } from './support/browser/index.ts'
import { clock } from './support/clock.ts'
import { seedReviews } from './support/console/review-orders.ts'
import { keyOf, makeId, reserveOf, settleOf } from './support/ledger-fixture.ts'
import { openStage, type Stage } from './support/stage.ts'

const stage = await openStage({ after })
const seeded = await seedReviews(stage)
const { manage } = stage.server()

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Payment' })
const resolved = (id: string) => manage<{ data: { state: string; credits: string } }>('GET', `/orders/${id}`)

browserTest('the list of what waits says what came, what of it waits, why, and by name whose it is', async (t) => {
  const page = await openPage(t, stage.server().url)
  await signIn(page, stage.server(), '/admin/payments')
  const rows = page.getByRole('table', { name: 'Payments to review' })
  await rows
    .getByRole('row', { name: /Northwind Labs Paid too much More came than was agreed\. .*\$1,234\.00/ })
    .waitFor()
  await rows
    .getByRole('row', { name: /Being checked Stripe took 19\.20 EUR, not USD\. .*19\.20 EUR Up to \$20\.88/ })
    .waitFor()
  await rows.getByRole('row', { name: /Paid late .* \$20\.88 \$20\.88 \$20\.88/ }).waitFor()
  await rows.getByRole('row', { name: /Paid too little .* \$20\.00 \$20\.00/ }).waitFor()
  await expectAccessible(page)
})

browserTest('each question of a payment is asked by itself, with the answers that it has', async (t) => {
  const page = await openPage(t, stage.server().url)
  await signIn(page, stage.server(), `/admin/payments?payment=${seeded.overpaid}`)
  const money = sheet(page).getByRole('region', { name: 'Money that waits' })
  await money.getByText('$1,213.12').waitFor()
  const paddingOf = "getComputedStyle(document.querySelector('.open-question')).paddingTop"
  equal(await page.evaluate(paddingOf), '16px', 'pages have the last word on how they look')
  await expectAccessible(page)
  await money.getByRole('button', { name: 'Decide about the money' }).click()
  const dialog = page.getByRole('dialog', { name: 'Decide about the money' })
  await dialog.getByText('It was sent back', { exact: true }).click()
  await dialog.getByLabel('Amount in USD').fill('1214')
  await dialog.getByText('At most $1,213.12.').first().waitFor()
  await dialog.getByLabel('Amount in USD').fill('1213.12')
  await dialog.getByLabel('Note').fill('Sent by transfer.')
  await expectAccessible(page)
  await dialog.getByRole('button', { name: 'Mark as sent back' }).click()
  await page.getByText('The operator sent the money back: Sent by transfer.').first().waitFor()
  equal((await resolved(seeded.overpaid)).data.state, 'credited')
})

browserTest(
  'money in another currency is credited at what the operator says that it is worth, and not without',
  async (t) => {
    const page = await openPage(t, stage.server().url)
    await signIn(page, stage.server(), `/admin/payments?payment=${seeded.otherCurrency}`)
    await sheet(page).getByText('Being checked').waitFor()
    await sheet(page).getByRole('button', { name: 'Decide about the money' }).click()
    const dialog = page.getByRole('dialog', { name: 'Decide about the money' })
    await dialog.getByLabel('Note').fill('At the rate of the day.')
    const credit = dialog.getByRole('button', { name: 'Credit it' })
    equal(await credit.getAttribute('aria-disabled'), 'true')
    await dialog.getByLabel('Worth in USD').fill('20.88')
    await credit.click()
    await sheet(page).getByText('Credits worth 20 USD were added.').waitFor()
    await sheet(page).getByText('Credited', { exact: true }).first().waitFor()
  },
)

browserTest('accounts that owe are found by the operator, who sees what and can let them off', async (t) => {
  const page = await openPage(t, stage.server().url)
  const { accountId } = await stage.addCustomer('2000000')
  await owe(stage, accountId, usd(1))
  await signIn(page, stage.server(), '/admin/accounts')
  await page.getByLabel('Debts').selectOption({ label: 'Those that owe' })
  await page.getByRole('row', { name: /A customer Owes 2,000,000 credits/ }).click()
  await page.waitForURL(`**/admin/accounts/${accountId}`)
  await page.getByRole('heading', { name: 'What it owes' }).waitFor()
  await page.getByRole('table', { name: 'What it owes' }).getByText('Disputed by a bank').waitFor()
  await expectAccessible(page)
  await page.getByRole('button', { name: 'Forgive' }).click()
  const dialog = page.getByRole('dialog', { name: 'Forgive what it owes' })
  await dialog.getByLabel('Reason').fill('A mistake of ours.')
  await dialog.getByRole('button', { name: 'Forgive 2,000,000 credits' }).click()
  await page.getByText('2,000,000 credits forgiven.').waitFor()
  await page.getByRole('heading', { name: 'What it owes' }).waitFor({ state: 'detached' })
  await stage.reconcile()
})

/** Its credits are spent, and then a bank takes their payment back. */
async function owe({ database }: Stage, accountId: Uuid, amount: NanoUsd): Promise<void> {
  const { db } = database
  const processId = makeId()
  await registerProcess(db, { id: processId, host: 'test', pid: process.pid })
  const lane = openBatchLane({ database, clock, processId })
  const callId = makeId()
  await lane.reserve(reserveOf(callId, accountId, await keyOf(db, accountId), amount))
  await lane.settle(settleOf(callId, amount))
  await lane.close()
  const granted = "select id from transfer where account_id = $1 and kind = 'grant'"
  const { rows } = await database.pool.query<{ id: Uuid }>(granted, [accountId])
  await takeBack(db, { transferId: makeId(), of: rows[0]!.id, kind: 'dispute', reference: 'a dispute', amount })
}
