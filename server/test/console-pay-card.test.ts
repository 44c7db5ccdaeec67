import { equal, match } from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import { startStripeEmulator } from '../../dev/stripe/index.ts'
import { browserTest, expectAccessible, openPage, openSecondPage, type Page } from './support/browser/index.ts'
import { signInAs } from './support/browser/member.ts'
import { openStage } from './support/stage.ts'

const emulator = await startStripeEmulator({ after })
const stage = await openStage(
  { after },
  {
    STRIPE_SECRET_KEY: emulator.secretKey,
    STRIPE_WEBHOOK_SECRET: emulator.webhookSecret,
    REDPILL_STRIPE_API_URL: emulator.url,
    REDPILL_CARD_FEE_PERCENT: '2.9',
    REDPILL_CARD_FEE_FIXED_USD: '0.30',
  },
)
emulator.sendWebhooksTo(`${stage.server().url}/api/v1/payments/stripe/webhook`)

const available = (page: Page) => page.locator('.balance-figures .stat').filter({ hasText: 'Available' })

/** A page of an account that has nothing yet, opened by who looks after its money. */
async function openFor(t: TestContext, path: string): Promise<Page> {
  const customer = await stage.addCustomer('0.002')
  const page = await openPage(t, stage.server().url, { leadsTo: [emulator.url] })
  await signInAs(page, stage, { ...customer, role: 'billing', path })
  return page
}

/** Pays on Stripe's page with one of its test cards. */
async function payAtStripe(page: Page, card: string): Promise<void> {
  await page.waitForURL(`${emulator.url}/**`)
  await page.getByText('Test cards', { exact: true }).click()
  await page.locator(`a[href$="card=${card}"]`).click()
  await page.getByRole('button', { name: /^Pay/ }).click()
}

browserTest(
  'a card that is declined and then one that is good are paid with on the page of Stripe; the credits are seen live, and go back by a refund',
  async (t) => {
    const page = await openFor(t, '/credits')
    await page.locator('[data-live="live"]').waitFor()
    const watcher = await openSecondPage(page)
    await watcher.goto('/credits?part=payments')
    await watcher.locator('[data-live="live"]').waitFor()

    await page.getByRole('link', { name: 'Add credits' }).click()
    await page.getByRole('textbox', { name: 'Amount' }).fill('25')
    await page.getByRole('checkbox', { name: /Keep the card/ }).check()
    await page.getByRole('button', { name: 'Pay $26.03 by card' }).click()
    await payAtStripe(page, '4000000000000002')
    await page
      .getByText(/declined/i)
      .first()
      .waitFor()
    await payAtStripe(page, '4242424242424242')
    await page.waitForURL(/\/credits\/add\?/)
    await page.getByRole('link', { name: 'See your credits' }).waitFor()
    await available(watcher).getByText('50,000,000 credits').waitFor()
    await watcher.getByRole('table', { name: 'Payments' }).getByText('Credited').first().waitFor()

    await watcher
      .getByRole('button', { name: /Details of the payment/ })
      .first()
      .click()
    const sheet = watcher.getByRole('dialog', { name: 'Payment' })
    await sheet.getByRole('link', { name: 'Receipt' }).waitFor()
    // What the page had reckoned before is what the server asked for, and what came.
    equal(await sheet.getByText('$26.03', { exact: true }).count(), 2)
    await expectAccessible(watcher)
    await sheet.getByRole('button', { name: 'Refund' }).click()
    const refund = watcher.getByRole('dialog', { name: 'Refund' })
    await refund.getByRole('textbox', { name: 'Amount in USD' }).fill('10')
    await refund.getByRole('button', { name: 'Refund $10.00' }).click()
    await available(watcher).getByText('30,000,000 credits').waitFor()
    await sheet.getByText('Refunded so far: 10 USD.').waitFor()
    await stage.reconcile()
  },
)

browserTest(
  'an auto top-up is read back as a sentence, set with a kept card, and buys when credits run low',
  async (t) => {
    const page = await openFor(t, '/credits?part=auto-top-up')
    await page.getByRole('button', { name: 'Add a card' }).click()
    await page.waitForURL(`${emulator.url}/**`)
    await page.getByText('Test cards', { exact: true }).click()
    await page.locator('a[href$="card=4242424242424242"]').click()
    await page.getByRole('button', { name: /Save|Keep|Set up|Add/ }).click()
    await page.waitForURL(/part=auto-top-up/)
    await page.getByRole('textbox', { name: 'Buy credits for, USD' }).fill('10')
    await page.getByRole('textbox', { name: 'At most in a month, USD' }).fill('5')
    const turnOn = page.getByRole('button', { name: 'Turn on auto top-up' })
    equal(await turnOn.getAttribute('aria-disabled'), 'true')
    await page
      .getByText('One purchase costs $10.59: with a lower ceiling nothing would ever be bought.')
      .first()
      .waitFor()
    await page.getByRole('textbox', { name: 'At most in a month, USD' }).fill('40')
    await page
      .getByText(/Visa ending in 4242 is charged \$10\.59 for \$10\.00 of credits: .* which is 3 times\./)
      .waitFor()
    await turnOn.click()
    await page.getByText('On', { exact: true }).waitFor()
    await available(page).getByText('20,000,000 credits').waitFor()
    match(page.url(), /part=auto-top-up/)
  },
)

browserTest('a code that the operator made turns into credits once, and then says why it does not again', async (t) => {
  const { code } = await stage
    .server()
    .manage<{ code: string }>('POST', '/codes', { credits: '5000000', uses_max: 2, note: 'For whoever asks' })
  const page = await openFor(t, '/credits/add?by=code')
  const redeem = async () => {
    await page.getByRole('textbox', { name: 'Code' }).fill(code.toLowerCase())
    await page.getByRole('button', { name: 'Redeem' }).click()
  }
  await redeem()
  await page.getByText('5,000,000 credits came in. They are in the balance now.').waitFor()
  await redeem()
  await page.getByRole('alert').getByText('This account has redeemed this code already.').waitFor()
  await page.goto('/credits')
  await available(page).getByText('5,000,000 credits').waitFor()
})
