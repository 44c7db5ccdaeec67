import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../src/core/json.ts'
import { parseCsv } from '../src/api/test/parse-csv.ts'
import {
  browserTest,
  expectAccessible,
  focusedName,
  openPage,
  type Page,
  pressKeys,
  settled,
  signIn,
} from './support/browser/index.ts'
import { eventually } from './support/eventually.ts'
import { customerOf } from './support/customer.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'
import { noBrowser } from './support/browser/chromium.ts'

/** The operator's own account with a key, two providers of which the first is the cheaper, and two models. */
async function openOffice() {
  const stage = await openStage({ after })
  const { manage, url } = stage.server()
  const [cheap, dear] = [await startMockUpstream({ after }), await startMockUpstream({ after })]
  const providers = [
    await stage.addUpstream(cheap, { name: 'cheap-cloud' }),
    await stage.addUpstream(dear, { name: 'dear-cloud' }),
  ]
  const prices = { input: '0.15', output: '0.6' }
  for (const id of ['acme/small', 'acme/large'])
    await stage.addModel({
      ...{ id, prices },
      offers: providers.map((providerId, at) => ({
        ...{ providerId, upstreamModel: 'normal' },
        prices: at === 0 ? {} : { input: '0.3', output: '1.2' },
      })),
    })
  const { data: accounts } = await manage<{ data: { id: string; kind: string }[] }>('GET', '/accounts')
  const accountId = accounts.find(({ kind }) => kind === 'operator')!.id
  const made = await manage<{ key: string; data: { id: string } }>('POST', '/keys', {
    ...{ name: 'production', account_id: accountId },
  })
  const caller = customerOf(
    { accountId, key: made.key, keyId: made.data.id },
    { manage, url: () => stage.server().url, heard: () => {} },
  )
  let granted: Promise<unknown> | undefined
  const grant = { credits: '10000000', reason: 'To begin with' }
  const fund = () => (granted ??= manage('POST', `/accounts/${accountId}/grants`, grant))
  return { stage, manage, url, cheap, dear, caller, fund }
}

const office = noBrowser === false ? await openOffice() : undefined

async function openCalls(
  t: Parameters<typeof openPage>[0],
  path: string,
  options: Parameters<typeof openPage>[2] = {},
) {
  await office!.fund()
  const page = await openPage(t, office!.url, options)
  await signIn(page, office!.stage.server(), path)
  return page
}

const rowsOf = (page: Page) => page.getByRole('button', { name: /receipt of the call/ })
const sheetOf = (page: Page) => page.getByRole('dialog', { name: 'Call' })

browserTest('an account without a call is led to its first one, and each step ticks itself off', async (t) => {
  const { caller, fund } = office!
  const page = await openPage(t, office!.url)
  await signIn(page, office!.stage.server(), '/')
  const steps = page.getByRole('region', { name: 'First steps' })
  await steps.getByText('1 of 3 done').waitFor()
  await expectAccessible(page)
  await fund()
  await steps.getByText('2 of 3 done').waitFor()
  match(
    await steps.getByRole('tabpanel').or(steps.getByRole('region')).first().innerText(),
    /curl http:\/\/localhost:\d+\/v1/,
  )
  await caller.chat({ model: 'acme/small' })
  await steps.waitFor({ state: 'detached' })
  await rowsOf(page).first().waitFor()
})

browserTest('a call shows up on the overview and among the calls by itself, and is announced', async (t) => {
  const overview = await openCalls(t, '/')
  const calls = await openCalls(t, '/calls')
  const [before, listed] = [overview.getByRole('status').filter({ hasText: 'New call' }), rowsOf(calls)]
  for (const page of [overview, calls]) await rowsOf(page).first().waitFor()
  const count = await listed.count()
  await office!.caller.chat({ model: 'acme/large' })
  await listed.nth(count).waitFor()
  await overview
    .getByRole('button', { name: /receipt of the call of acme\/large$/ })
    .first()
    .waitFor()
  match(await before.innerText(), /New call: acme\/large, Answered, [\d.,]+ credits\./)
})

browserTest('a receipt adds up, line by line and to the last digit, to what was charged', async (t) => {
  await office!.fund()
  const answer = await office!.caller.chat({ model: 'acme/large', temperature: 0.3 })
  const receipt = await office!.caller.receipt(answer)
  const page = await openCalls(t, `/calls?call=${answer.generation}`)
  const table = sheetOf(page).getByRole('table', { name: 'What the call cost, in credits' })
  await table.getByText('Rounding up').waitFor()
  const cells = async (rows: string) =>
    (await table.locator(`${rows} td:last-child`).allInnerTexts()).map((text) => milliMilli(text))
  const lines = await cells('tbody tr')
  const [sum, rounding, charged] = await cells('tfoot tr')
  equal(lines.length, 2)
  equal(
    lines.reduce((total, line) => total + line, 0n),
    sum,
  )
  equal(sum! + rounding!, charged)
  equal(charged, milliMilli(receipt['credits'] as string))
  await sheetOf(page).getByText('temperature', { exact: true }).waitFor()
  await sheetOf(page).getByText('Prompts are never stored, and answers only sealed').waitFor()
})

browserTest('a receipt shows what was charged in every window, however narrow', async (t) => {
  await office!.fund()
  office!.cheap.enqueue('huge-usage')
  const answer = await office!.caller.chat({ model: 'acme/large' })
  for (const width of [320, 360, 640, 1280]) {
    const page = await openCalls(t, `/calls?call=${answer.generation}`, { width })
    const amounts = sheetOf(page).locator('tfoot td:last-child')
    await sheetOf(page).getByText('Rounding up').waitFor()
    await settled(page)
    for (const amount of await amounts.all()) {
      const { x, width: wide } = (await amount.boundingBox())!
      ok(x >= 0 && x + wide <= width, `${await amount.innerText()} ends at ${x + wide} of ${width} px`)
    }
  }
})

/** Decimal text in billionths. */
function milliMilli(text: string): bigint {
  const [whole = '', fraction = ''] = text.replaceAll(',', '').split('.')
  return BigInt(whole + fraction.padEnd(9, '0'))
}

browserTest('a call that failed over, and one that failed, say why at each try', async (t) => {
  const { cheap, caller, fund } = office!
  await fund()
  cheap.enqueue('server-error')
  const over = await caller.chat({ model: 'acme/small' })
  equal(over.status, 200)
  const page = await openCalls(t, `/calls?call=${over.generation}`)
  const sheet = sheetOf(page)
  await sheet.getByText('cheap-cloud failed with status 500').waitFor()
  await sheet.getByText('dear-cloud answered').waitFor()
  await sheet.getByText('cheap-cloud was asked first: cheapest.').waitFor()
  await page.keyboard.press('Escape')
  await page.getByText('after one other').first().waitFor()

  cheap.enqueue('bad-request')
  const failed = await caller.chat({ model: 'acme/small' })
  equal(failed.status, 400)
  await page.goto(`/calls?call=${failed.generation}`)
  // Its words may quote the prompt, and are told to the caller alone.
  await sheet.getByText(/^The provider refused the request \(/).waitFor()
  equal(await sheet.getByText('Unknown field').count(), 0)
  await sheet.getByText('found the request at fault (400)').waitFor()
  await sheet.getByText('Nothing was delivered, so nothing was charged.').waitFor()
  await expectAccessible(page)
})

browserTest('a call that runs is under way on the overview, and can be cancelled from its sheet', async (t) => {
  const { cheap, caller } = office!
  cheap.enqueue('stall-mid')
  const page = await openCalls(t, '/')
  await page.getByText('No call runs now.').waitFor()
  const answer = caller.chat({ model: 'acme/large', stream: true })
  const running = page.getByRole('button', { name: /acme\/large.*a call that runs/ })
  await running.click()
  await sheetOf(page).getByText('Running', { exact: true }).waitFor()
  await sheetOf(page).getByRole('button', { name: 'Cancel the call' }).click()
  await sheetOf(page).getByText('Cancelled', { exact: true }).waitFor()
  await answer
  await page.keyboard.press('Escape')
  await running.waitFor({ state: 'detached' })
})

browserTest('filters stand in the address: they survive a reload, and Back takes them off again', async (t) => {
  const page = await openCalls(t, '/calls')
  await rowsOf(page).first().waitFor()
  const all = await rowsOf(page).count()
  await page.getByRole('combobox', { name: 'Status' }).selectOption('error')
  await page.waitForURL(/status=error/)
  await page.getByText('Request refused').first().waitFor()
  await rowsOf(page).nth(1).waitFor({ state: 'detached' })
  await page.reload()
  await rowsOf(page).first().waitFor()
  equal(await rowsOf(page).count(), 1)
  equal(await page.getByRole('combobox', { name: 'Status' }).inputValue(), 'error')
  await page.goBack()
  await rowsOf(page)
    .nth(all - 1)
    .waitFor()
  await page.goto('/calls?model=acme/none')
  await page.getByText('No result for these filters').waitFor()
  await page.getByRole('button', { name: 'Clear the filters' }).click()
  await rowsOf(page).first().waitFor()
})

const anyFilter = fc.record(
  {
    model: fc.constantFrom('acme/small', 'acme/large'),
    provider: fc.constantFrom('cheap-cloud', 'dear-cloud'),
    status: fc.constantFrom('ok', 'error'),
    streamed: fc.constantFrom('true', 'false'),
    fallback: fc.constantFrom('true', 'false'),
    min_credits: fc.constantFrom('0', '1'),
  },
  { requiredKeys: [] },
)

browserTest(
  'for whatever filters, the table, the chart and the CSV have the same calls and the same sum',
  async (t) => {
    const { cheap, caller } = office!
    for (const model of ['acme/small', 'acme/large', 'acme/large']) {
      cheap.enqueue(model === 'acme/small' ? 'server-error' : 'normal')
      await caller.chat({ model, stream: model === 'acme/large' })
    }
    const page = await openCalls(t, '/calls?paused=1')
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        const query = new URLSearchParams({ ...filter, paused: '1' }).toString()
        await page.goto(`/calls?${query}`)
        const chart = page.locator('.calls-total')
        await chart.waitFor()
        const link = page.getByRole('link', { name: 'CSV' })
        const file = await page.context().request.get((await link.getAttribute('href'))!)
        const [head = [], ...rows] = parseCsv(await file.text())
        const csv = rows.reduce((sum, row) => sum + milliMilli(row[head.indexOf('credits')]!), 0n)
        equal(Number(/^[\d,]+/.exec(await chart.innerText())?.[0].replaceAll(',', '')), rows.length, query)
        equal(await moneyIn(page, '.calls-total'), csv, query)
        if (rows.length === 0) return page.getByText('No result for these filters').waitFor()
        await rowsOf(page)
          .nth(rows.length - 1)
          .waitFor()
        equal(await rowsOf(page).count(), rows.length, query)
        equal(await moneyIn(page, '.calls-table tfoot'), csv, query)
      }),
      { numRuns: 8 },
    )
  },
)

/** The exact amount of a place on the page, in billionths of a credit: it carries its thousandths. */
const moneyIn = async (page: Page, place: string): Promise<bigint> =>
  BigInt((await page.locator(`${place} data.money`).first().getAttribute('value'))!) * 1_000_000n

browserTest('pages of the list have no gap and nothing twice while calls arrive', async (t) => {
  const { caller, fund } = office!
  await fund()
  await Promise.all(Array.from({ length: 110 }, () => caller.chat({ model: 'acme/small' })))
  const page = await openCalls(t, '/calls?columns=id')
  await rowsOf(page).nth(49).waitFor()
  const [rows, more] = [rowsOf(page), page.getByRole('button', { name: 'Show more' })]
  while (await more.isVisible()) {
    const shown = await rows.count()
    await caller.chat({ model: 'acme/small' })
    await more.click()
    await rows.nth(shown).waitFor()
  }
  const ids = await page.locator('.calls-table tbody code').allInnerTexts()
  equal(new Set(ids).size, ids.length)
  const known = (await caller.receipts()).map((receipt: JsonObject) => receipt['id'] as string)
  const from = known.indexOf(ids[0]!)
  deepEqual(ids, known.slice(from, from + ids.length))
  await page.getByRole('button', { name: /^Show \d+ new$/ }).click()
  await rowsOf(page).first().waitFor()
})

browserTest('one switch shows times in the local zone or in UTC, and every head says which', async (t) => {
  const page = await openCalls(t, '/calls', { timezone: 'Asia/Kolkata' })
  await page.getByRole('columnheader', { name: 'Time, UTC+5:30' }).waitFor()
  await page.goto('/calls?zone=utc')
  await page.getByRole('columnheader', { name: 'Time, UTC' }).waitFor()
  match((await page.getByRole('link', { name: 'CSV' }).getAttribute('href'))!, /zone=UTC/)
  const shown = await page.locator('.calls-table tbody time').first().innerText()
  const told = await page.locator('.calls-table tbody time').first().getAttribute('dateTime')
  ok(told!.includes(shown.slice(-8)), `${told} ${shown}`)
})

browserTest('with the keyboard alone: to the filters, along the calls, into a receipt and back', async (t) => {
  const page = await openCalls(t, '/calls')
  await rowsOf(page).nth(2).waitFor()
  await pressKeys(page, '/')
  equal(await page.evaluate('document.activeElement.getAttribute("aria-label")'), 'Time')
  await page.getByRole('heading', { level: 1 }).focus()
  await pressKeys(page, 'j j k j Enter')
  await sheetOf(page).waitFor()
  match(page.url(), /call=gen-/)
  await pressKeys(page, 'Escape')
  await sheetOf(page).waitFor({ state: 'detached' })
  await eventually('the focus is back', async () => /receipt of the call/.test(await focusedName(page)))
})

browserTest('all filters of calls are for everybody, at every width, light and dark', async (t) => {
  const page = await openCalls(t, '/calls')
  await rowsOf(page).first().waitFor()
  await page.getByRole('button', { name: 'More filters' }).click()
  await expectAccessible(page)
})
