import { equal, match, ok } from 'node:assert/strict'
import { after } from 'node:test'
import { browserTest, expectAccessible, openPage, type Page, pressKeys, tabTo } from './support/browser/index.ts'
import { signInAs } from './support/browser/member.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock)
// Every call of it costs 2,000 credits, which are 0.001 USD.
const model = 'acme/one-price'
await stage.addModel({
  id: model,
  prices: { input: '0', output: '0', request: '1000' },
  offers: [{ providerId, upstreamModel: 'normal' }],
})

const call = async (secret: string) => {
  const response = await fetch(`${stage.server().url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model, max_tokens: 5, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.text()
  return response.status
}

/** A process hears of a change of a key by a notification, a moment after it was made. */
const comesTo = (secret: string, status: number) =>
  eventually(`a call gets ${status}`, async () => (await call(secret)) === status)

const rowOf = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name })
const dialog = (page: Page) => page.getByRole('dialog')
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const inMenu = async (page: Page, key: string, item: string) => {
  await button(page, `Actions on ${key}`).first().click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Makes a key on the page and returns the secret that is shown. */
async function createKey(page: Page, name: string, limit: string): Promise<string> {
  await button(page, 'Create key').first().click()
  await dialog(page).getByLabel('Name', { exact: true }).fill(name)
  await dialog(page).getByLabel('Limit', { exact: true }).fill(limit)
  await dialog(page).getByRole('button', { name: 'Create key' }).click()
  return dialog(page).locator('.secret code').innerText()
}

browserTest(
  'a key is made, tried, spends live, is stopped by its limit, says why, and goes on when the limit is raised',
  async (t) => {
    const { accountId } = await stage.addCustomer('1000000')
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })

    await button(page, 'Create key').first().click()
    await dialog(page).getByLabel('Name', { exact: true }).fill('production')
    const limit = dialog(page).getByLabel('Limit', { exact: true })
    await limit.fill('10000')
    await dialog(page).getByText('At most 10,000 credits per calendar month (UTC), then calls get 402').waitFor()
    await dialog(page).getByLabel('Window of the limit').selectOption('per day')
    await dialog(page).getByText('At most 10,000 credits per calendar day (UTC), then calls get 402').waitFor()
    await dialog(page).getByRole('button', { name: 'Create key' }).click()

    const secret = await dialog(page).locator('.secret code').innerText()
    match(secret, /^sk-rp-\w{48}$/)
    await dialog(page).getByLabel('Try it with').selectOption(model)
    await dialog(page).getByRole('button', { name: 'Make a test call' }).click()
    await dialog(page)
      .getByText(/It cost 2,000 credits/)
      .waitFor()
    await dialog(page).getByRole('button', { name: 'I have stored it' }).click()
    ok(!(await page.content()).includes(secret), 'the secret is shown once')
    await rowOf(page, 'production').getByText('8,000 credits available').waitFor()

    equal(await call(secret), 200)
    await rowOf(page, 'production').getByText('6,000 credits available').waitFor()

    await page.getByRole('button', { name: /^production sk-/ }).click()
    await page.getByRole('heading', { name: 'production', level: 1 }).waitFor()
    await button(page, 'Edit').click()
    await dialog(page).getByLabel('Limit', { exact: true }).fill('4000')
    await dialog(page)
      .getByRole('region', { name: 'What will change' })
      .getByText('10,000 credits → 4,000 credits')
      .waitFor()
    await dialog(page).getByRole('button', { name: 'Save 1 change' }).click()
    await page.getByText('A call with this key gets 402 now.').waitFor()
    equal(await call(secret), 402)
    await page.getByText(/All of 4,000 credits is used/).waitFor()

    await button(page, 'Add to limit').click()
    await dialog(page).getByLabel('Add', { exact: true }).fill('2000')
    await dialog(page)
      .getByText('At most 6,000 credits per calendar day (UTC), then calls get 402; 2,000 credits left')
      .waitFor()
    await dialog(page).getByRole('button', { name: 'Add to the limit' }).click()
    await page.getByText('A call with this key goes through now').waitFor()
    equal(await call(secret), 200)
    await page.getByText('A call with this key gets 402 now.').waitFor()
    const total = page.getByRole('table', { name: 'Spend by model' }).getByRole('row').last()
    await total.getByText('6,000').waitFor()
    await stage.reconcile()
  },
)

browserTest(
  'a limit is read back with what it leaves of what is spent, and what is mistyped is never read as no limit',
  async (t) => {
    const { accountId, key } = await stage.addCustomer('1000000', { limit_credits: '10000', limit_window: 'month' })
    for (let n = 0; n < 3; n++) equal(await call(key), 200)
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })
    await inMenu(page, 'a key', 'Edit')
    const limit = dialog(page).getByLabel('Limit', { exact: true })
    const readBack = dialog(page).locator('.read-back')
    const changes = dialog(page).getByRole('region', { name: 'What will change' })
    await limit.waitFor()
    match(await readBack.innerText(), /then calls get 402; 4,000 credits left, resets in /)

    await limit.fill('7000')
    await readBack.getByText('1,000 credits left').waitFor()
    await dialog(page).getByLabel('Window of the limit').selectOption('in total')
    await readBack.getByText('At most 7,000 credits in total, then calls get 402; 1,000 credits left.').waitFor()
    await dialog(page).getByLabel('Window of the limit').selectOption('per day')
    await readBack.getByText('per calendar day (UTC), then calls get 402; 1,000 credits left, resets in ').waitFor()
    await limit.fill('5000')
    await readBack.getByText('nothing is left, so every call gets 402 until it resets in ').waitFor()

    await limit.fill('abc')
    await readBack.waitFor({ state: 'detached' })
    equal((await changes.getByRole('term').allInnerTexts()).join(), 'Window')
    await dialog(page).getByLabel('Window of the limit').selectOption('per month')
    await changes.getByText('Nothing is changed yet.').waitFor()
    await limit.fill('')
    await readBack.getByText('No limit of its own: it may spend all that the account has.').waitFor()
    await changes.getByText('10,000 credits → no limit').waitFor()
  },
)

browserTest(
  'a rotated key has two secrets for as long as it was said; a frozen one has none; a deleted one is gone',
  async (t) => {
    const { accountId } = await stage.addCustomer('1000000')
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { accountId, role: 'developer', path: '/keys' })
    const before = await createKey(page, 'turning', '')
    await button(page, 'I have stored it').click()

    await inMenu(page, 'turning', 'Rotate the secret')
    await dialog(page).getByText('in 15 min').click()
    await button(page, 'Make a new secret').click()
    const now = await dialog(page).locator('.secret code').innerText()
    ok(now !== before)
    await button(page, 'I have stored it').click()
    equal(await call(before), 200)
    equal(await call(now), 200)

    await inMenu(page, 'turning', 'Rotate the secret')
    await dialog(page).getByText('now', { exact: true }).click()
    await button(page, 'Make a new secret').click()
    const last = await dialog(page).locator('.secret code').innerText()
    await button(page, 'I have stored it').click()
    await comesTo(now, 401)
    equal(await call(last), 200)

    await inMenu(page, 'turning', 'Freeze')
    await rowOf(page, 'turning').getByText('Frozen').waitFor()
    await comesTo(last, 401)
    await inMenu(page, 'turning', 'Unfreeze')
    await rowOf(page, 'turning').getByText('Working').waitFor()
    await comesTo(last, 200)

    await inMenu(page, 'turning', 'Delete')
    const confirm = dialog(page).getByRole('button', { name: 'Delete the key' })
    await dialog(page).getByLabel('Type turning to confirm').fill('turn')
    equal(await confirm.getAttribute('aria-disabled'), 'true')
    await dialog(page).getByLabel('Type turning to confirm').fill('turning')
    await confirm.click()
    await rowOf(page, 'turning').waitFor({ state: 'detached' })
    await comesTo(last, 401)
  },
)

browserTest(
  'details and edit stand in the row of each key, on a phone too, and names and secrets keep to their lines',
  async (t) => {
    const { accountId } = await stage.addCustomer('1000000', { limit_credits: '5700000', limit_window: 'month' })
    const page = await openPage(t, stage.server().url, { width: 1_280 })
    await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })
    await createKey(page, 'Nightly summaries', '10500000')
    await button(page, 'I have stored it').click()
    const row = rowOf(page, 'Nightly summaries')
    const secret = row.locator('.key-title code')
    await secret.waitFor()
    const [name, label] = [(await row.locator('.key-title').boundingBox())!, (await secret.boundingBox())!]
    ok(name.height < 48 && label.height < 24, `two lines in all: ${name.height} px`)
    await page.setViewportSize({ width: 320, height: 800 })
    await row.getByRole('button', { name: 'Edit Nightly summaries' }).click()
    await dialog(page).getByText('10,500,000 credits left').waitFor()
    await page.keyboard.press('Escape')
    await row.getByRole('link', { name: 'Details of Nightly summaries' }).click()
    await page.getByRole('heading', { name: 'Nightly summaries', level: 1 }).waitFor()
  },
)

browserTest('several keys are frozen and deleted together, the latter by typing how many', async (t) => {
  const { accountId } = await stage.addCustomer('1000000')
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })
  for (const name of ['first', 'second']) {
    await createKey(page, name, '')
    await button(page, 'I have stored it').click()
    await page.getByLabel(`Choose ${name}`).check()
  }
  const bar = page.getByRole('region', { name: 'With the chosen keys' })
  await bar.getByText('2 keys chosen').waitFor()
  await bar.getByRole('button', { name: 'Freeze', exact: true }).click()
  for (const name of ['first', 'second']) await rowOf(page, name).getByText('Frozen').waitFor()
  // Nothing is chosen any more once all of it is done, which the list may tell before.
  await bar.waitFor({ state: 'detached' })
  for (const name of ['first', 'second']) await page.getByLabel(`Choose ${name}`).check()
  await bar.getByText('2 keys chosen').waitFor()
  await bar.getByRole('button', { name: 'Delete' }).click()
  await dialog(page).getByLabel('Type delete 2 to confirm').fill('delete 2')
  await dialog(page).getByRole('button', { name: 'Delete 2 keys' }).click()
  for (const name of ['first', 'second']) await rowOf(page, name).waitFor({ state: 'detached' })
})

browserTest('a viewer sees every key and why they may change none', async (t) => {
  const { accountId } = await stage.addCustomer('1000000')
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { accountId, role: 'viewer', path: '/keys' })
  const create = button(page, 'Create key').first()
  await create.focus()
  equal(await create.getAttribute('aria-disabled'), 'true')
  const told = page.getByRole('tooltip').filter({ hasText: 'Owners, admins and developers may do this.' })
  await told.first().waitFor()
  await pressKeys(page, 'c')
  equal(await dialog(page).isVisible(), false)
  await page
    .getByRole('button', { name: /^Actions on / })
    .first()
    .click()
  await page.getByRole('menuitem').first().waitFor()
  const items = await page
    .getByRole('menuitem')
    .filter({ hasNotText: /^Details$/ })
    .all()
  equal(items.length, 5)
  for (const item of items) {
    equal(await item.getAttribute('aria-disabled'), 'true')
    match(await item.innerText(), /Your role in .+ is viewer\. Owners, admins and developers may do this\./)
  }
})

browserTest('a key is made and looked at without a mouse', async (t) => {
  const { accountId } = await stage.addCustomer('1000000')
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })
  await page.getByRole('table', { name: 'Keys for calls' }).getByRole('row').nth(1).waitFor()
  await pressKeys(page, 'c')
  await dialog(page).waitFor()
  await tabTo(page, { role: 'textbox', name: 'Name' })
  await page.keyboard.type('by hand')
  await page.keyboard.press('Control+Enter')
  await dialog(page).locator('.secret code').waitFor()
  await page.keyboard.press('Escape')
  await rowOf(page, 'by hand').waitFor()
  await pressKeys(page, 'j Enter')
  await page.getByRole('heading', { name: 'by hand', level: 1 }).waitFor()
  await pressKeys(page, 'g k')
  await page.getByRole('heading', { name: 'Keys', level: 1 }).waitFor()
  const search = page.getByLabel('Name or secret')
  await search.waitFor()
  await pressKeys(page, '/')
  await page.keyboard.type('no such key')
  await page.waitForURL(/search=no(\+|%20)such(\+|%20)key/)
  await page.getByText('No result for these filters').first().waitFor()
})

browserTest('whoever pauses while typing a filter loses nothing of it, and Clear empties it', async (t) => {
  const { accountId } = await stage.addCustomer('1000000')
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })
  const search = page.getByLabel('Name or secret')
  await search.focus()
  for (const [typed, address] of [
    ['no ', /search=no$/],
    ['such ', /search=no(\+|%20)such$/],
    ['key', /search=no(\+|%20)such(\+|%20)key$/],
  ] as const) {
    await page.keyboard.type(typed)
    await page.waitForURL(address)
  }
  equal(await search.inputValue(), 'no such key')
  await page.getByRole('button', { name: 'Clear', exact: true }).click()
  await rowOf(page, 'a key').waitFor()
  equal(await search.inputValue(), '')
})

browserTest('keys are for everybody: at each width, light and dark, with their forms and states', async (t) => {
  const { accountId, key } = await stage.addCustomer('1000000', { limit_credits: '4000', limit_window: 'month' })
  for (let n = 0; n < 3; n++) await call(key)
  const page = await openPage(t, stage.server().url)
  await signInAs(page, stage, { accountId, role: 'owner', path: '/keys' })
  await rowOf(page, 'Limit reached').waitFor()
  await page.goto('/keys?create=1')
  await dialog(page).getByText('Policy').click()
  await expectAccessible(page)
  await page.goto('/keys')
  await page.getByRole('button', { name: /^a key sk-/ }).click()
  await page.getByRole('table', { name: 'Last calls' }).getByRole('row').nth(1).waitFor()
  await page.locator('.chart-axes').getByText(/^\dk$/).first().waitFor()
  await button(page, 'Edit').click()
  await dialog(page).getByLabel('Limit', { exact: true }).fill('five')
  await expectAccessible(page)
  await page.goto('/keys/01980f3e-7c1a-7000-8000-0123456789ab')
  await page.getByRole('heading', { name: 'There is no such key' }).waitFor()
  await expectAccessible(page)
})
