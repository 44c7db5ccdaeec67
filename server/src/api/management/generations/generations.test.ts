import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { generationId, type Uuid } from '../../../core/ids.ts'
import { credits, nanoUsd, parseCredits, toCredits } from '../../../core/money.ts'
import { searchCharges } from '../../../credits/index.ts'
import { parseCsv } from '../../test/parse-csv.ts'
import { openTestApi, readPages, spend } from '../../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api

async function funded(name: string) {
  const customer = await api.makeCustomer(name)
  const body = { credits: '100000000', reason: 'x' }
  equal((await operator.ask('POST', `/api/v1/accounts/${customer.id}/grants`, { body })).status, 201)
  return customer
}

async function csvOf(secret: string, query: string) {
  const answer = await api.app.request(`/api/v1/generations.csv?${query}`, {
    headers: { authorization: `Bearer ${secret}` },
  })
  equal(answer.status, 200)
  equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8')
  const [head = [], ...rows] = parseCsv(await answer.text())
  return { head, rows: rows.map((row) => Object.fromEntries(row.map((cell, at) => [head[at], cell]))) }
}

const sum = (amounts: readonly string[]) => amounts.reduce((total, text) => total + parseCredits(text)!, 0n)

const anyCall = fc.record({
  cost: fc.bigInt(0n, 5_000n).map(nanoUsd),
  modelId: fc.constantFrom('acme/a', 'acme/b'),
  status: fc.constantFrom(200, 429, 499, 502),
  finish: fc.constantFrom('stop', 'length'),
  streamed: fc.boolean(),
  tries: fc.integer({ min: 1, max: 3 }),
})

const anyFilter = fc.record(
  {
    model: fc.constantFrom('acme/a', 'acme/b'),
    model_asked: fc.constantFrom('a', 'nothing'),
    provider: fc.constantFrom('local', 'other'),
    status: fc.constantFrom('200', 'error', 'ok', '499'),
    kind: fc.constantFrom('chat', 'embeddings'),
    finish_reason: fc.constantFrom('stop', 'length'),
    fallback: fc.boolean(),
    streamed: fc.boolean(),
    min_credits: fc.integer({ min: 0, max: 10 }),
    max_credits: fc.integer({ min: 0, max: 10 }),
    max_first_token_ms: fc.constantFrom(4, 5),
    min_duration_ms: fc.constantFrom(20, 21),
  },
  { requiredKeys: [] },
)

test('whatever the filters, the list, its histogram and its CSV tell the same calls and the same sum', async () => {
  const { id, manager, inference } = await funded('Filtered')
  const made = fc.sample(anyCall, 40)
  for (const { finish, streamed, tries, ...call } of made) {
    const detail = {
      endpoint: 'chat',
      requested_model: 'a',
      finish_reason: finish,
      streamed,
      attempts: Array.from({ length: tries }, () => ({ provider: 'local', why: 'first', outcome: 'answered' })),
    }
    await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, ...call, detail })
  }
  await fc.assert(
    fc.asyncProperty(anyFilter, fc.boolean(), async (filter, byKey) => {
      const given = Object.entries({ ...filter, ...(byKey && { key_id: inference.id }) })
      const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()
      const listed = await readPages<{ id: string; credits: string }>(manager.ask, `/api/v1/generations?${query}`, 7)
      const expected = made.filter(
        (call) =>
          (filter.model === undefined || call.modelId === filter.model) &&
          (filter.model_asked === undefined || filter.model_asked === 'a') &&
          (filter.provider === undefined || filter.provider === 'local') &&
          (filter.status === undefined || matches(filter.status, call.status)) &&
          (filter.kind === undefined || filter.kind === 'chat') &&
          (filter.finish_reason === undefined || filter.finish_reason === call.finish) &&
          (filter.fallback === undefined || filter.fallback === call.tries > 1) &&
          (filter.streamed === undefined || filter.streamed === call.streamed) &&
          (filter.min_credits === undefined || call.cost >= credits(filter.min_credits)) &&
          (filter.max_credits === undefined || call.cost <= credits(filter.max_credits)) &&
          filter.max_first_token_ms !== 4 &&
          filter.min_duration_ms !== 21,
      )
      const total = expected.reduce((all, { cost }) => all + cost, 0n)
      deepEqual([listed.length, sum(listed.map((entry) => entry.credits))], [expected.length, total], query)
      equal(new Set(listed.map((entry) => entry.id)).size, expected.length)

      const histogram = await manager.ask('GET', `/api/v1/generations/histogram?${query}&bars=9`)
      const bars = histogram.at('data.bars') as { calls: number; credits: string }[]
      equal(bars.length, 9)
      deepEqual(histogram.at('data.total'), {
        calls: expected.length,
        errors: expected.filter(({ status }) => matches('error', status)).length,
        credits: toCredits(nanoUsd(total)),
      })
      equal(
        bars.reduce((all, bar) => all + bar.calls, 0),
        expected.length,
      )
      equal(histogram.at('data.counted_from'), null)

      const { rows } = await csvOf(manager.secret, query)
      deepEqual(
        rows.map((row) => row['id']),
        listed.map((entry) => entry.id),
      )
      equal(sum(rows.map((row) => row['credits']!)), total)
    }),
    { numRuns: 60 },
  )
})

const matches = (asked: string, status: number): boolean =>
  asked === 'error' ? status >= 400 && status !== 499 : asked === 'ok' ? status < 400 : Number(asked) === status

test('a search for what is rare reads so many receipts and tells how far it came; going on finds every one', async () => {
  const { id, inference } = await funded('Rare')
  const rare: Uuid[] = []
  for (let n = 0; n < 25; n++) {
    const callId = api.makeId()
    if (n % 12 === 0) rare.push(callId)
    const modelId = n % 12 === 0 ? 'acme/rare' : 'acme/usual'
    await spend(api.lane, callId, { accountId: id, keyId: inference.id, modelId, cost: credits(1) })
  }
  for (const keyId of [undefined, inference.id]) {
    const found: Uuid[] = []
    let pages = 0
    for (let before; ; pages++) {
      const filter = { accountId: id, keyId, modelId: 'acme/rare', before, limit: 5 }
      const { charges, next } = await searchCharges(api.db, filter, 4)
      ok(charges.length <= 4)
      found.push(...charges.map(({ callId }) => callId))
      if (!next) break
      before = next
    }
    deepEqual(found.toSorted(), rare.toSorted())
    equal(pages, 6)
  }
})

test('a receipt shows the cost line by line up to the rounding, the tries, the parameters and the error as sent', async () => {
  const { id, manager, inference } = await funded('Receipt')
  const callId = api.makeId()
  const detail = {
    endpoint: 'chat',
    requested_model: 'gpt',
    lines: [
      { class: 'input', units: 3, usd_per_million: '0.00015', price_id: 'p1' },
      { class: 'cached_input', units: 7, usd_per_million: '0.000015', price_id: 'p2' },
    ],
    attempts: [
      { offer_id: 'o', provider: 'a', why: 'first', after_ms: 1, ms: 40, outcome: 'status', status: 503 },
      { offer_id: 'p', provider: 'b', why: 'second', after_ms: 42, ms: 100, first_byte_ms: 60, outcome: 'answered' },
    ],
    parameters: { temperature: 0.2 },
    error: { code: 'upstream_error', message: 'It broke.' },
  }
  await spend(api.lane, callId, { accountId: id, keyId: inference.id, cost: nanoUsd(1n), detail })
  const receipt = await manager.ask('GET', `/api/v1/generation?id=${generationId(callId)}`)
  // 3 x 150,000 + 7 x 15,000 millionths of a nano-USD are 0.555 nano-USD, two credits for a thousand.
  deepEqual(receipt.at('data.bill_total'), {
    exact_credits: '0.00111',
    rounding_credits: '0.00089',
    cost_credits: '0.002',
    cache_saved_credits: '0.00189',
  })
  deepEqual(
    (receipt.at('data.bill') as { line_credits: string; credits_per_unit: string }[]).map((line) => [
      line.credits_per_unit,
      line.line_credits,
    ]),
    [
      ['0.0003', '0.0009'],
      ['0.00003', '0.00021'],
    ],
  )
  deepEqual(
    (receipt.at('data.attempts') as { first_byte_ms: number | null }[]).map((attempt) => attempt.first_byte_ms),
    [null, 60],
  )
  equal(receipt.at('data.fallback'), true)
  equal(receipt.at('data.model_asked'), 'gpt')
  deepEqual(receipt.at('data.parameters'), { temperature: 0.2 })
  deepEqual(receipt.at('data.error'), { code: 'upstream_error', message: 'It broke.' })
})

test('the CSV tells times in the zone that its head names, and what callers wrote is no formula', async () => {
  const { id, manager, inference } = await funded('Zoned')
  const detail = { labels: { user: '=HYPERLINK("http://evil.test","x")', app_title: 'a,b "c"' } }
  await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: nanoUsd(1n), detail })
  const { head, rows } = await csvOf(manager.secret, 'zone=Asia/Kolkata')
  equal(head[1], 'time (Asia/Kolkata)')
  ok(rows[0]!['time (Asia/Kolkata)']!.endsWith('+05:30'))
  deepEqual([rows[0]!['user'], rows[0]!['app']], [`'=HYPERLINK("http://evil.test","x")`, 'a,b "c"'])
  deepEqual([rows[0]!['credits'], rows[0]!['usd'], rows[0]!['key_name']], ['0.002', '0.000000001', 'inference'])
  const refused = await manager.ask('GET', '/api/v1/generations.csv?zone=Mars')
  deepEqual([refused.status, refused.at('error.param')], [400, 'zone'])
})
