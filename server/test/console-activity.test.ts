import { equal, match } from 'node:assert/strict'
import { after, type TestContext } from 'node:test'
import fc from 'fast-check'
import { parseCredits } from '../src/core/money.ts'
import { parseCsv } from '../src/api/test/parse-csv.ts'
import { browserTest, expectAccessible, openPage, type Page, pressKeys, signIn } from './support/browser/index.ts'
import { noBrowser } from './support/browser/chromium.ts'
import { customerOf } from './support/customer.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

/** The operator's own account with two keys that have called two models, well and badly. */
async function openOffice() {
  const stage = await openStage({ after })
  const { manage } = stage.server()
  const upstream = await startMockUpstream({ after })
  const providerId = await stage.addUpstream(upstream, { name: 'some-cloud' })
  for (const [id, input] of [
    ['acme/small', '0.15'],
    ['acme/large', '3'],
  ] as const)
    await stage.addModel({ id, prices: { input, output: '0.6' }, offers: [{ providerId, upstreamModel: 'normal' }] })
  const { data: accounts } = await manage<{ data: { id: string; kind: string }[] }>('GET', '/accounts')
  const accountId = accounts.find(({ kind }) => kind === 'operator')!.id
  await manage('POST', `/accounts/${accountId}/grants`, { credits: '10000000', reason: 'To begin with' })
  const callers = []
  for (const name of ['production', '=batch']) {
    const made = await manage<{ key: string; data: { id: string } }>('POST', '/keys', { name, account_id: accountId })
    callers.push(
      customerOf(
        { accountId, key: made.key, keyId: made.data.id },
        { manage, url: () => stage.server().url, heard: () => {} },
      ),
    )
  }
  for (const [at, caller] of callers.entries())
    for (const model of ['acme/small', 'acme/large', 'acme/large']) {
      if (at === 1 && model === 'acme/small') upstream.enqueue('bad-request')
      await caller.chat({ model, stream: at === 0 })
    }
  return { stage, callers }
}

const office = noBrowser === false ? await openOffice() : undefined

async function openActivity(t: Parameters<typeof openPage>[0], path: string) {
  const page = await openPage(t, office!.stage.server().url)
  await signIn(page, office!.stage.server(), path)
  return page
}

const tableOf = (page: Page) => page.getByRole('table', { name: 'The same numbers, summed up' })
const cellsOf = (page: Page, rows: string) => tableOf(page).locator(`${rows} td:nth-child(2)`).allInnerTexts()
const numberOf = (text: string) => Number(text.replaceAll(/[^\d.]/g, ''))
const sumOf = (texts: readonly string[]) => texts.reduce((sum, text) => sum + numberOf(text), 0)

const anyQuestion = fc.record(
  {
    metric: fc.constantFrom('spend', 'calls', 'errors', 'tokens_in', 'tokens_out'),
    group: fc.constantFrom('key', 'provider', 'status', 'none'),
    subgroup: fc.constantFrom('model', 'streamed'),
    model: fc.constantFrom('acme/small', 'acme/large'),
    status: fc.constantFrom('ok', 'error'),
    top: fc.constantFrom('1', '5'),
  },
  { requiredKeys: ['metric'] },
)

browserTest(
  'whatever is asked, the chart, the table under it and the CSV tell the same numbers and the same sum',
  async (t) => {
    const page = await openActivity(t, '/activity?range=24h')
    await fc.assert(
      fc.asyncProperty(anyQuestion, async (question) => {
        const query = new URLSearchParams({ ...question, range: '24h' }).toString()
        await page.goto(`/activity?${query}`)
        const href = await page.getByRole('link', { name: 'CSV' }).getAttribute('href')
        const file = await page.context().request.get(href!)
        const [head = [], ...rows] = parseCsv(await file.text())
        const nothing = page.getByText('No result for these filters')
        await tableOf(page).locator('tfoot').or(nothing).first().waitFor()
        if (await nothing.isVisible()) return equal(rows.length, 0, query)
        if (question.metric === 'spend') return expectSpend(page, rows)
        const csv = rows.reduce((sum, row) => sum + Number(row[head.length - 1]), 0)
        await page.getByRole('button', { name: 'Show the table' }).click()
        const charted = await page.locator('.chart-table tfoot td:last-child').innerText()
        equal(numberOf(charted), csv, query)
        const [all = ''] = await cellsOf(page, 'tfoot tr')
        equal(numberOf(all), csv, query)
        equal(sumOf(await cellsOf(page, 'tbody tr')), csv, query)
      }),
      { numRuns: 10 },
    )
  },
)

/** Amounts carry their thousandths of a credit, whatever is seen of them. */
async function expectSpend(page: Page, rows: readonly (readonly string[])[]): Promise<void> {
  const csv = rows.reduce((sum, row) => sum + parseCredits(row.at(-1)!)!, 0n) * 2n
  for (const part of ['tfoot', 'tbody']) {
    const cells = await tableOf(page).locator(`${part} td:nth-child(2) data`).all()
    const values = await Promise.all(cells.map((cell) => cell.getAttribute('value')))
    equal(
      values.reduce((sum, value) => sum + BigInt(value!), 0n),
      csv,
    )
  }
}

browserTest(
  'a span of the chart is chosen by keys and becomes the time of the page; its calls are one step away',
  async (t) => {
    const page = await openActivity(t, '/activity?range=24h&metric=calls&model=acme/large')
    const chart = page.getByRole('slider', { name: 'Calls by model' })
    await chart.focus()
    await pressKeys(page, 'End Shift+ArrowLeft Shift+ArrowLeft Enter')
    await page.waitForURL(/from=.*&to=/)
    match(page.url(), /metric=calls/)
    await page.getByLabel(/^From, UTC/).waitFor()
    await page.getByRole('link', { name: 'These calls' }).click()
    await page.waitForURL(/\/calls\?.*model=acme\/large/)
    match(page.url(), /from=/)
    await page
      .getByRole('button', { name: /receipt of the call of acme\/large$/ })
      .nth(3)
      .waitFor()
    await page.goBack()
    await page.goBack()
    await page.waitForURL(/range=24h/)
  },
)

/**
 * On a busy machine this click was seen once to lead nowhere, for a reason that is not found: it is pressed again then, and
 * told how things stood. That lists do what is chosen at once is tested where keys and members are changed.
 */
async function keepView(t: TestContext, page: Page): Promise<void> {
  const item = page.getByRole('menuitem', { name: 'Keep this view' })
  await eventually('the form is there', async () => {
    if (!(await item.isVisible())) await page.getByRole('button', { name: 'Views' }).click()
    await item.click()
    const isThere = await page
      .getByLabel('Name')
      .waitFor({ timeout: 15_000 })
      .then(
        () => true,
        () => false,
      )
    if (!isThere) t.diagnostic(`the click led nowhere: ${await page.locator('.page-head').ariaSnapshot()}`)
    return isThere
  })
}

browserTest('a view is kept under a name and opens as it was, after a reload too', async (t) => {
  const page = await openActivity(t, '/activity?range=7d&group=key&before=1')
  await page.getByRole('columnheader', { name: 'Change' }).waitFor()
  await keepView(t, page)
  await page.getByLabel('Name').fill('By key')
  await page.getByRole('button', { name: 'Keep the view' }).click()
  await page.goto('/activity')
  await page.getByRole('button', { name: 'Views' }).click()
  await page.getByRole('menuitem', { name: 'By key' }).click()
  await page.waitForURL(/group=key/)
  match(page.url(), /range=7d/)
  match(page.url(), /before=1/)
  await tableOf(page).getByRole('link', { name: '=batch' }).waitFor()
})

browserTest('an alert is made of what the chart shows, read back, and turned off in the settings', async (t) => {
  const page = await openActivity(t, '/activity?range=24h&model=acme/large')
  const press = (name: string) => page.getByRole('button', { name, exact: true }).click()
  await press('Alert')
  await page.getByRole('textbox', { name: 'Spend of' }).fill('5000')
  await page.getByLabel('In', { exact: true }).selectOption('an hour')
  await page.getByText('Operator is told once an hour (UTC) reaches 5,000 credits by acme/large.').waitFor()
  await expectAccessible(page)
  await press('Set the alert')
  await page.getByText('The alert is set.').waitFor()
  await page.goto('/activity?metric=duration_p95')
  const alert = page.getByRole('button', { name: 'Alert', exact: true })
  equal(await alert.getAttribute('aria-disabled'), 'true')
  await alert.hover()
  await page.getByText('Alerts watch spend, calls and failed calls.').waitFor()
  await page.goto('/settings/alerts')
  await page.getByRole('row', { name: /5,000 credits spent in an hour acme\/large/ }).waitFor()
  await press('Turn off')
  await page.getByText('No alert on use').waitFor()
})

browserTest('the page of activity is for everybody, at every width, light and dark', async (t) => {
  const page = await openActivity(t, '/activity?range=24h&group=key&subgroup=model&before=1')
  await tableOf(page).getByText('production · acme/large').waitFor()
  await page.getByRole('button', { name: 'Show the table' }).click()
  await expectAccessible(page)
})
