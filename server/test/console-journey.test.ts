import { equal, match } from 'node:assert/strict'
import { after } from 'node:test'
import {
  addPasskeyDevice,
  addWallet,
  browserTest,
  openPage,
  type Page,
  pressKeys,
  tabTo,
} from './support/browser/index.ts'
import { openMailbox } from './support/mailbox.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const mailbox = await openMailbox({ after })
const stage = await openStage(
  { after },
  {
    REDPILL_SMTP_URL: mailbox.url,
    REDPILL_MAIL_FROM: 'redpill@mail.example',
    REDPILL_WELCOME_CREDITS: '1000000',
  },
)
const providerId = await stage.addUpstream(await startMockUpstream({ after }))
// Every call of it costs 2,000 credits, which are 0.001 USD.
const model = 'acme/one-price'
await stage.addModel({
  id: model,
  prices: { input: '0', output: '0', request: '1000' },
  offers: [{ providerId, upstreamModel: 'normal' }],
})

const call = (secret: string) =>
  fetch(`${stage.server().url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }),
  })

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name, exact: true })
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).first().click()

browserTest('by a mailed code: from nothing to a limit that is hit and explained, by keyboard alone', async (t) => {
  const page = await openPage(t, stage.server().url)
  await page.goto('/keys')
  await tabTo(page, { role: 'textbox', name: 'E-mail' })
  await page.keyboard.type('ada@example.com')
  await page.keyboard.press('Enter')
  const code = /^(\d{6})\r?$/m.exec((await mailbox.mailTo('ada@example.com')).text)?.[1] ?? ''
  await page.getByLabel('Code of six digits').waitFor()
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
  await goOn(page)
})

browserTest('by a passkey: from nothing to a limit that is hit and explained', async (t) => {
  const page = await openPage(t, stage.server().url)
  await addPasskeyDevice(page)
  await page.goto('/keys')
  await page.getByText('New here?').click()
  await page.getByLabel('Your name').fill('Grace')
  await press(page, 'Make a passkey')
  await heading(page, 'Keys').waitFor()
  await fund(page)
  await goOn(page)
})

browserTest('by a wallet: from nothing to a limit that is hit and explained', async (t) => {
  const page = await openPage(t, stage.server().url)
  await addWallet(page)
  await page.goto('/keys')
  await press(page, 'Sign in with Test Wallet')
  await heading(page, 'Keys').waitFor()
  await fund(page)
  await goOn(page)
})

/** Who comes without a mailbox gets no welcome credits: the operator gives them as many. */
async function fund(page: Page): Promise<void> {
  const session = await page.context().request.get('/api/v1/session')
  const { data } = (await session.json()) as { data: { account_id: string } }
  const grant = { credits: '1000000', reason: 'welcome' }
  await stage.server().manage('POST', `/accounts/${data.account_id}/grants`, grant)
}

/** From the page of keys on, without a mouse. */
async function goOn(page: Page): Promise<void> {
  const secret = await makeKey(page)
  await tabTo(page, { role: 'link', name: 'Calls' })
  await page.keyboard.press('Enter')
  await heading(page, 'Calls').waitFor()
  const asked = await call(secret)
  equal(asked.status, 200)
  await readReceipt(page, asked.headers.get('x-generation-id') ?? '')
  await lowerLimit(page)
  equal((await call(secret)).status, 200)
  const refused = await call(secret)
  equal(refused.status, 402)
  match(await refused.text(), /"limit":"key"/)
  await page.getByText('A call with this key gets 402 now.').waitFor()
  await page.getByText(/All of 4,000 credits is used/).waitFor()
  await pressKeys(page, 'g k')
  await heading(page, 'Keys').waitFor()
  await page.getByRole('row').filter({ hasText: 'my first key' }).getByText('Limit reached').waitFor()
  await stage.reconcile()
}

async function makeKey(page: Page): Promise<string> {
  await heading(page, 'Keys').waitFor()
  await tabTo(page, { role: 'button', name: 'Create key' })
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await dialog.getByLabel('Name', { exact: true }).focus()
  await page.keyboard.type('my first key')
  await tabTo(page, { role: 'textbox', name: 'Limit' })
  await page.keyboard.type('5000')
  await page.keyboard.press('Enter')
  const secret = await dialog.locator('.secret code').innerText()
  match(secret, /^sk-rp-/)
  await tabTo(page, { role: 'button', name: 'I have stored it' })
  await page.keyboard.press('Enter')
  await dialog.waitFor({ state: 'hidden' })
  return secret
}

/** Nobody reloads: the row comes by itself. */
async function readReceipt(page: Page, generation: string): Promise<void> {
  const row = page.getByRole('row').filter({ hasText: model })
  await row.filter({ hasText: '2,000' }).waitFor()
  await page.getByText('998,000').first().waitFor()
  await row.getByRole('button').first().focus()
  await page.keyboard.press('Enter')
  const sheet = page.getByRole('dialog')
  await sheet.getByText('Receipt', { exact: true }).waitFor()
  await sheet.getByText(generation).first().waitFor()
  equal(new URL(page.url()).searchParams.get('call'), generation)
  await page.keyboard.press('Escape')
  await sheet.waitFor({ state: 'hidden' })
}

async function lowerLimit(page: Page): Promise<void> {
  await pressKeys(page, 'g k')
  await page.getByRole('row').filter({ hasText: 'my first key' }).getByText('3,000 credits available').waitFor()
  await page.getByRole('button', { name: /^my first key sk-/ }).focus()
  await page.keyboard.press('Enter')
  await heading(page, 'my first key').waitFor()
  await tabTo(page, { role: 'button', name: 'Edit' })
  await page.keyboard.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Limit', { exact: true }).fill('4000')
  await dialog.getByText('5,000 credits → 4,000 credits').waitFor()
  await page.keyboard.press('Control+Enter')
  await dialog.waitFor({ state: 'hidden' })
}
