import { equal } from 'node:assert/strict'
import { after, suite } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { browserTest, expectAccessible, openPage, type Page, signIn, tabTo } from './support/browser/index.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const server = stage.server()
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock, { name: 'mock' })
for (const [name, price, contextLength] of [
  ['cheap', '0.1', 8_000],
  ['middle', '1', 128_000],
  ['dear', '10', 1_000_000],
] as const)
  await stage.addModel({
    ...{ id: `acme/${name}`, contextLength, prices: { input: price, output: price, cached_input: '0.05' } },
    offers: [{ providerId, upstreamModel: 'normal' }],
  })

const rows = async (page: Page): Promise<readonly string[]> => {
  const opens = page.getByRole('table', { name: 'Models' }).getByRole('button', { name: /Details of/ })
  return (await opens.allInnerTexts()).map((text) => /Details of (\S+)/.exec(text)?.[1] ?? text)
}

async function openModels(t: Parameters<typeof openPage>[0], search = ''): Promise<Page> {
  const page = await openPage(t, server.url)
  await page.goto(`/models${search}`)
  await page.getByRole('table', { name: 'Models' }).getByRole('button').first().waitFor()
  return page
}

suite('models', () => {
  browserTest('whoever is not signed in sees every model with its prices in both units, and the way in', async (t) => {
    const page = await openModels(t)
    await page.getByRole('row', { name: /acme\/middle .*128k 2 \$1\.00/ }).waitFor()
    await page.getByRole('link', { name: 'Sign in' }).click()
    await page.waitForURL(/\/sign-in\?next=%?/)
  })

  browserTest('filters and sorting survive a reload, and nothing found says so', async (t) => {
    const page = await openModels(t)
    await page.keyboard.press('/')
    await page.keyboard.type('acme')
    await page.waitForURL(/q=acme/)
    await page.getByLabel('Context').selectOption('128000')
    await page.getByRole('button', { name: 'Output' }).click()
    await page.waitForURL(/order=desc/)
    const wanted = ['acme/dear', 'acme/middle']
    const areShown = async () => isDeepStrictEqual(await rows(page), wanted)
    await eventually('the list is filtered and sorted', areShown)
    await page.reload()
    await eventually('the list is so again', areShown)
    equal(await page.getByLabel('Search models').inputValue(), 'acme')
    await page.getByLabel('Price').selectOption('free')
    await page.getByText('No result for these filters').waitFor()
    await page.getByRole('button', { name: 'Clear the filters' }).click()
    await page.getByText('acme/cheap').first().waitFor()
  })

  browserTest('up to four models are compared side by side, and the address keeps which', async (t) => {
    const page = await openModels(t, '?q=acme')
    for (const name of ['acme/cheap', 'acme/dear']) await page.getByRole('button', { name: `Compare ${name}` }).click()
    await page.getByRole('button', { name: 'Compare', exact: true }).click()
    const dialog = page.getByRole('dialog', { name: 'Compare models' })
    await dialog.getByRole('row', { name: /^Input 0\.2 \$0\.10 20 \$10\.00/ }).waitFor()
    await dialog.getByRole('row', { name: /^Context 8,000 tokens 1,000,000 tokens/ }).waitFor()
    await page.reload()
    await dialog.getByRole('columnheader', { name: 'acme/dear' }).waitFor()
    await expectAccessible(page)
  })

  browserTest(
    'a model opens by keyboard as a sheet with an address: prices, providers, history, code; Esc closes it',
    async (t) => {
      await stage.setPrices('acme/cheap', { input: '0.2' }, { from: new Date(Date.now() + 86_400_000) })
      const page = await openModels(t, '?q=acme')
      await tabTo(page, { role: 'button', name: /Details of acme\/cheap/ })
      await page.keyboard.press('Enter')
      await page.waitForURL(/model=acme\/cheap/)
      const sheet = page.getByRole('dialog', { name: 'acme/cheap' })
      await sheet.getByText('0.2 credits per token').first().waitFor()
      await sheet
        .getByRole('table', { name: 'Providers' })
        .getByRole('row', { name: /^mock .*Asked as usual/ })
        .waitFor()
      const history = sheet.getByRole('table', { name: 'Price history' })
      await history.getByRole('row', { name: /to come Input 0\.4 \$0\.20 \+100 %/ }).waitFor()
      await sheet.getByRole('tab', { name: 'Python' }).click()
      await sheet.getByText('from openai import OpenAI').waitFor()
      await expectAccessible(page)
      await page.keyboard.press('Escape')
      await sheet.waitFor({ state: 'hidden' })
      await page.waitForURL((url) => !url.searchParams.has('model'))
    },
  )

  browserTest('the signed-in see what they spent on a model', async (t) => {
    const page = await openPage(t, server.url)
    await signIn(page, server, '/models?model=acme/middle')
    await page.getByText('No call was answered by this model.').waitFor()
    await page.getByText(/Operator called nothing between/).waitFor()
  })

  browserTest('a model that is not listed says why it may not be', async (t) => {
    const page = await openModels(t, '?model=acme/none')
    await page.getByText('This model cannot be called').waitFor()
  })
})
