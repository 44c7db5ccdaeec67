import { equal, match } from 'node:assert/strict'
import { browserTest, expectAccessible, openPage, type Page } from '../../server/test/support/browser/index.ts'
import { order } from './test/payer.ts'
import { openEmulator, type Opened } from './test/variants.ts'

/** The page of a browser at an address of the emulator. */
const open = (page: Page, url: string) => page.goto(new URL(url).pathname)

async function pageOfNewSession({ stripe, emulator }: Opened, page: Page, more: Parameters<typeof order>[1] = {}) {
  const back = `${emulator.url.replace('127.0.0.1', 'localhost')}/?done={CHECKOUT_SESSION_ID}`
  const session = await stripe.checkout.sessions.create(order(2_500, { success_url: back, ...more }))
  await open(page, session.url!)
  return session
}

browserTest('a person chooses a test card, pays, and is back where they came from', async (t) => {
  const opened = await openEmulator(t)
  const page = await openPage(t, opened.emulator.url)
  const session = await pageOfNewSession(opened, page)
  await page.getByText('Test cards').click()
  await page.getByRole('link', { name: /4242 4242 4242 4242/ }).click()
  await page.getByRole('button', { name: 'Pay $25.00' }).click()
  await page.waitForURL(/done=cs_test/)
  equal((await opened.stripe.checkout.sessions.retrieve(session.id)).payment_status, 'paid')
})

browserTest(
  'a person types a card that is declined, reads why, and pays with one that asks for 3D Secure',
  async (t) => {
    const opened = await openEmulator(t)
    const page = await openPage(t, opened.emulator.url)
    const session = await pageOfNewSession(opened, page)
    const type = async (number: string) => {
      await page.getByLabel('Card number').fill(number)
      await page.getByLabel('Expiry (MM / YY)').fill('12 / 34')
      await page.getByLabel('CVC').fill('123')
      await page.getByLabel('Name on card').fill('Ada Payer')
      await page.getByRole('button', { name: 'Pay $25.00' }).click()
    }
    await page.getByLabel('E-mail').fill('ada@example.com')
    await type('4000000000000002')
    await page.getByRole('alert').waitFor()
    match(await page.getByRole('alert').innerText(), /Your card was declined\./)
    await expectAccessible(page)
    await type('4000002760003184')
    await page.getByRole('button', { name: 'Complete authentication' }).click()
    await page.waitForURL(/done=cs_test/)
    equal((await opened.stripe.checkout.sessions.retrieve(session.id)).payment_status, 'paid')
  },
)

browserTest('every page of the emulator is accessible, in light and dark, from 320 px', async (t) => {
  const opened = await openEmulator(t)
  const { stripe, emulator } = opened
  const page = await openPage(t, emulator.url)
  const customer = await stripe.customers.create({ email: 'ada@example.com', name: 'Ada' })
  const wide = {
    ...{ customer: customer.id, automatic_tax: { enabled: true }, customer_update: { address: 'auto' as const } },
    ...{
      saved_payment_method_options: { payment_method_save: 'enabled' as const },
      invoice_creation: { enabled: true },
    },
  }
  await pageOfNewSession(opened, page, wide)
  await expectAccessible(page)
  await page.getByText('Test cards').click()
  await page.getByRole('link', { name: /4242 4242 4242 4242/ }).click()
  await page.getByLabel('Save this card for the next time').check()
  await page.getByRole('button', { name: /^Pay/ }).click()
  await page.waitForURL(/done=cs_test/)
  await pageOfNewSession(opened, page, wide)
  await page.getByRole('radio', { name: /Visa •••• 4242/ }).waitFor()
  await page.getByText('Test cards').click()
  await expectAccessible(page)
  const charge = (await stripe.charges.list()).data[0]!
  emulator.dispute(charge.id)
  const portal = await stripe.billingPortal.sessions.create({ customer: customer.id, return_url: emulator.url })
  const invoice = (await stripe.invoices.list({ customer: customer.id })).data[0]!
  for (const url of [
    portal.url,
    `${portal.url}/add`,
    invoice.hosted_invoice_url!,
    charge.receipt_url!,
    `${emulator.url}/`,
  ]) {
    await open(page, url)
    await expectAccessible(page)
  }
})
