import { equal, match } from 'node:assert/strict'
import { after } from 'node:test'
import { browserTest, openPage, type Page, pressKeys, tabTo } from './support/browser/index.ts'
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

browserTest('somebody new comes from a mailed code to the receipt of a first call, by keyboard alone', async (t) => {
  const page = await openPage(t, stage.server().url)
  await page.goto('/keys')
  await tabTo(page, { role: 'textbox', name: 'E-mail' })
  await page.keyboard.type('ada@example.com')
  await page.keyboard.press('Enter')
  const code = /^(\d{6})\r?$/m.exec((await mailbox.mailTo('ada@example.com')).text)?.[1] ?? ''
  await page.getByLabel('Code of six digits').waitFor()
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
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

  await tabTo(page, { role: 'link', name: 'Calls' })
  await page.keyboard.press('Enter')
  await heading(page, 'Calls').waitFor()
  const asked = await call(secret)
  equal(asked.status, 200)
  const generation = asked.headers.get('x-generation-id') ?? ''
  // Nobody reloads: the row comes by itself.
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

  equal((await call(secret)).status, 200)
  equal((await call(secret)).status, 402)
  await pressKeys(page, 'g k')
  await heading(page, 'Keys').waitFor()
  await page.getByRole('row').filter({ hasText: 'my first key' }).getByText('1,000 credits available').waitFor()
  await stage.reconcile()
})
