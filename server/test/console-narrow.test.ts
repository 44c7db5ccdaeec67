import { equal, match, ok } from 'node:assert/strict'
import { after } from 'node:test'
import { browserTest, openPage, pressKeys } from './support/browser/index.ts'
import { signInAs } from './support/browser/member.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const model = 'acme/one-price'
await stage.addModel({
  id: model,
  prices: { input: '0', output: '0', request: '1000' },
  offers: [{ providerId: await stage.addUpstream(mock), upstreamModel: 'normal' }],
})

const call = async (secret: string) => {
  const response = await fetch(`${stage.server().url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.text()
  equal(response.status, 200)
}

browserTest('on a phone filters stand behind one button that counts them, and a call takes few lines', async (t) => {
  const { accountId, key } = await stage.addCustomer('1000000')
  for (let n = 0; n < 3; n++) await call(key)
  const page = await openPage(t, stage.server().url, { width: 320 })
  await signInAs(page, stage, { accountId, role: 'owner', path: '/calls?zone=utc' })
  const row = page.getByRole('row').filter({ hasText: model }).first()
  await row.getByText('Answered').waitFor()
  match(await page.locator('.calls-bar').innerText(), /^As of \d\d:\d\d:\d\d UTC/)
  const { y = 0, height = 0 } = (await row.boundingBox()) ?? {}
  ok(height > 0 && height <= 130, `a call is ${height} px high`)
  ok(y < 800, `the list begins at ${y} px`)

  const status = page.getByLabel('Status', { exact: true })
  equal(await status.isVisible(), false)
  await page.getByRole('button', { name: 'Filters', exact: true }).click()
  await status.selectOption('Failed')
  await page.getByRole('button', { name: 'Filters (1)' }).click()
  equal(await status.isVisible(), false)
  await page.getByText('No result for these filters').waitFor()

  await page.setViewportSize({ width: 1_280, height: 800 })
  await status.waitFor()
  equal(await page.getByRole('button', { name: 'Filters (1)' }).isVisible(), false)
  await pressKeys(page, '/')
  equal(await page.evaluate('document.activeElement.checkVisibility()'), true)
  equal(await page.evaluate('document.activeElement.closest(".filter-bar") !== null'), true)
})

browserTest('a new account sees its first steps alone, and figures and charts once they say something', async (t) => {
  const { data } = await stage.server().manage<{ data: { id: string } }>('POST', '/accounts', { name: 'Newcomers' })
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { accountId: data.id, role: 'owner' })
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  await page.locator('.overview-tiles').waitFor({ state: 'detached' })
  await page.locator('.overview-chart').waitFor({ state: 'detached' })
  await stage.server().manage('POST', `/accounts/${data.id}/grants`, { credits: '1000000', reason: 'welcome' })
  await page.locator('.overview-tiles').getByText('1,000,000 credits').waitFor()
  equal(await page.locator('.overview-chart').count(), 0)
  const made = await stage
    .server()
    .manage<{ key: string }>('POST', '/keys', { account_id: data.id, kind: 'inference', name: 'first' })
  await call(made.key)
  await page.getByRole('figure').filter({ hasText: 'Spend by model, last 30 days' }).waitFor()
})
