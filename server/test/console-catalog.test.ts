import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, suite } from 'node:test'
import { browserTest, expectAccessible, openPage, type Page, signIn, tabTo } from './support/browser/index.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const server = stage.server()
const mock = await startMockUpstream({ after })

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

async function openAt(t: Parameters<typeof openPage>[0], path: string): Promise<Page> {
  const page = await openPage(t, server.url)
  await signIn(page, server, path)
  return page
}

suite('the catalog, in the hands of the operator', () => {
  browserTest('a provider, an offer and prices are added, and then the model is listed and answers', async (t) => {
    const page = await openAt(t, '/admin/providers')
    await heading(page, 'Providers').waitFor()
    await page.keyboard.press('c')
    const dialog = page.getByRole('dialog', { name: 'Add a provider' })
    await dialog.getByLabel('Kind').selectOption('compatible')
    await dialog.getByRole('textbox', { name: /^Address/ }).fill(mock.baseUrl)
    await dialog.getByLabel('API key').fill('sk-of-the-mock')
    await dialog.getByLabel('Name').fill('mock')
    const add = dialog.getByRole('button', { name: 'Add provider' })
    equal(await add.getAttribute('aria-disabled'), 'true')
    await dialog.getByRole('button', { name: 'Test it' }).click()
    await dialog
      .getByText(/base_url: /)
      .first()
      .waitFor()
    await dialog.getByLabel('May be at a private address').check()
    await dialog.getByText(/Allow it only for servers that are yours/).waitFor()
    await dialog.getByRole('button', { name: 'Test it' }).click()
    await dialog.getByText('It answers.').waitFor()
    await add.click()

    const sheet = page.getByRole('dialog', { name: 'mock' })
    await sheet.getByText('No model is offered through it yet.').waitFor()
    await sheet.getByRole('button', { name: 'Test it' }).click()
    await sheet.getByRole('button', { name: 'Offer normal' }).click()
    const offer = page.getByRole('dialog', { name: 'Offer a model' })
    await offer.getByLabel('Model', { exact: true }).fill('acme/normal')
    await offer.getByLabel('Owed to the provider, %').fill('70')
    await offer.getByText('30 % stay here').waitFor()
    await offer.getByRole('button', { name: 'Add model and offer' }).click()

    const model = page.getByRole('dialog', { name: 'acme/normal' })
    await model.getByText('no price').waitFor()
    await model.getByRole('link', { name: 'Set prices' }).click()
    await heading(page, 'Prices').waitFor()
    await page.getByLabel('Input, USD per million').fill('2')
    await page.getByText('= 4 credits per token').waitFor()
    await page.getByLabel('Output, USD per million').fill('8')
    equal(await page.getByRole('button', { name: 'Set these prices now' }).getAttribute('aria-disabled'), 'true')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('status', { name: 'Preview' }).getByText('30 %').first().waitFor()
    await page.getByRole('button', { name: 'Set these prices now' }).click()
    await page.getByText('The prices of acme/normal were set.').waitFor()

    await page.goto('/models?q=acme/normal')
    await page.getByRole('button', { name: 'Details of acme/normal' }).click()
    await page.getByText('4 credits per token').waitFor()
    const customer = await stage.addCustomer('1000000')
    const answer = await customer.ask('/v1/chat/completions', {
      model: 'acme/normal',
      messages: [{ role: 'user', content: 'Hello' }],
    })
    match(answer.text, /from the mock upstream/)
  })

  browserTest(
    'what a preview says that calls would have cost is what the same calls are charged once it is in force',
    async (t) => {
      const providerId = await stage.addUpstream(mock)
      const id = 'acme/previewed'
      await stage.addModel({
        id,
        prices: { input: '2', output: '8' },
        offers: [{ providerId, upstreamModel: 'normal' }],
      })
      const customer = await stage.addCustomer('1000000')
      const call = async () => {
        const { status, headers } = await customer.ask('/v1/chat/completions', {
          model: id,
          messages: [{ role: 'user', content: 'Hello' }],
        })
        equal(status, 200)
        const generation = `/v1/generation?id=${headers.get('x-generation-id')}`
        const receipt = await fetch(server.url + generation, { headers: { authorization: `Bearer ${customer.key}` } })
        return ((await receipt.json()) as { data: { credits: string } }).data.credits
      }
      await call()
      const page = await openAt(t, `/admin/prices?model=${id}&zone=utc`)
      const start = new Date(Math.ceil((Date.now() + 20_000) / 1_000) * 1_000)
      await page.getByLabel('Input, USD per million').fill('3.5')
      await page.getByLabel('Output, USD per million').fill('6')
      await page.getByLabel('Begin at (UTC)').fill(start.toISOString().slice(0, 19))
      await page.getByRole('button', { name: 'Preview' }).click()
      const preview = page.getByRole('status', { name: 'Preview' })
      await preview.getByText('+75 %').first().waitFor()
      await preview.getByText('−25 %').first().waitFor()
      const told = await preview.locator('.stat', { hasText: 'At the new ones' }).locator('data').getAttribute('value')
      await page.getByRole('button', { name: 'Set these prices for then' }).click()
      await page.getByText(`The prices of ${id} were set.`).waitFor()
      await page
        .getByText(/^from \d/)
        .first()
        .waitFor()
      await eventually('the new prices have begun', () => Date.now() > start.getTime())
      const charged = await call()
      equal(String(Number(charged) * 1_000), told)
      await stage.reconcile()
    },
  )

  browserTest(
    'prices that were set stay as they were, and the list says which counts and which is to come',
    async (t) => {
      const providerId = await stage.addUpstream(mock)
      const id = 'acme/history'
      await stage.addModel({
        id,
        prices: { input: '1', output: '1' },
        offers: [{ providerId, upstreamModel: 'normal' }],
      })
      const later = new Date(Date.now() + 86_400_000)
      await stage.setPrices(id, { input: '1.5' }, { from: later })
      const page = await openAt(t, `/admin/prices?model=${id}`)
      const now = page.getByRole('table', { name: 'Prices now and to come' })
      await now.getByRole('row', { name: /Input the model 2 \$1\.00 .*3 \$1\.50.*\+50 %/s }).waitFor()
      const all = page.getByRole('table', { name: 'All prices' }).getByRole('row')
      await all.nth(3).waitFor()
      equal(await all.count(), 4)
      equal(await page.getByRole('button', { name: /^(delete|edit)/i }).count(), 0)
    },
  )

  browserTest(
    'a model without a price is flagged with the one next step, and a provider that fails is told',
    async (t) => {
      const providerId = await stage.addUpstream({ baseUrl: 'http://127.0.0.1:9/v1' }, { name: 'gone' })
      await stage.addModel({ id: 'acme/unpriced', offers: [{ providerId, upstreamModel: 'normal' }] })
      const page = await openAt(t, '/admin/models?state=unpriced')
      await page.getByText(/1 has an offer but no price/).waitFor()
      const row = page.getByRole('row', { name: /acme\/unpriced/ })
      await row.getByRole('link', { name: 'Prices of acme/unpriced' }).waitFor()
      await page.goto(`/admin/providers?provider=${providerId}`)
      const sheet = page.getByRole('dialog', { name: 'gone' })
      await sheet.getByRole('button', { name: 'Test it' }).click()
      await sheet.getByText('It does not answer as it should:').waitFor()
      await sheet.getByRole('button', { name: 'Switch off' }).click()
      await sheet.getByRole('button', { name: 'Switch on' }).waitFor()
      ok(!(await page.content()).includes('sk-upstream-key'))
    },
  )

  browserTest('an offer is edited and switched off by keyboard alone', async (t) => {
    const providerId = await stage.addUpstream(mock)
    const id = 'acme/keys-only'
    await stage.addModel({ id, prices: { input: '1', output: '1' }, offers: [{ providerId, upstreamModel: 'normal' }] })
    const page = await openAt(t, `/admin/models?q=${id}`)
    await tabTo(page, { role: 'button', name: /Details of acme\/keys-only/ })
    await page.keyboard.press('Enter')
    await tabTo(page, { role: 'button', name: /^Edit offer by/ })
    await page.keyboard.press('Enter')
    await tabTo(page, { role: 'textbox', name: /^Owed to the provider/ })
    await page.keyboard.press('ControlOrMeta+A')
    await page.keyboard.type('12.5')
    await page.keyboard.press('Control+Enter')
    await page.getByText('12.5 % of what callers pay is owed to it').waitFor()
    const { data } = await server.manage<{ data: { provider_share_bps: number }[] }>('GET', `/offers?model_id=${id}`)
    deepEqual(
      data.map((offer) => offer.provider_share_bps),
      [1_250],
    )
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  })

  for (const path of ['/admin/providers?add=1', '/admin/models?model=local/nano', '/admin/models?add=offer'])
    browserTest(`${path} is fine for everybody`, async (t) => {
      const page = await openAt(t, path)
      await heading(page, /Providers|Models and offers/).waitFor()
      await page.getByRole('dialog').first().waitFor()
      await expectAccessible(page)
    })

  browserTest('an offered price is previewed for everybody', async (t) => {
    const page = await openAt(t, '/admin/prices?model=local/nano')
    await page.getByLabel('Input, USD per million').fill('1')
    await page.getByRole('button', { name: 'Preview' }).click()
    await page.getByRole('status', { name: 'Preview' }).waitFor()
    await expectAccessible(page)
  })
})
