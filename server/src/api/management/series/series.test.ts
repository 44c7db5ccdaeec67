import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { nanoUsd, parseCredits, toCredits } from '../../../core/money.ts'
import { sumUpUsage } from '../../../credits/index.ts'
import { parseCsv } from '../../test/parse-csv.ts'
import { openTestApi, readPages, spend } from '../../test/harness.ts'

const api = await openTestApi({ after })
const { operator } = api

type Line = {
  group: string | null
  subgroup: string | null
  is_other: boolean
  values: (string | number)[]
  total: string | number
}

const sum = (amounts: readonly unknown[]) =>
  amounts.reduce((total: bigint, text) => total + parseCredits(String(text))!, 0n)

test('whatever the groups, bucket and zone: series, total, table, CSV and ledger tell one sum', async () => {
  const { id, manager, inference } = await api.makeCustomer('Charted')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '100000000', reason: 'x' } })
  const second = await api.issue(id, 'inference')
  for (let n = 0; n < 30; n++) {
    if (n === 12) await sumUpUsage(api.db)
    const call = { cost: nanoUsd(BigInt(1 + n * 7)), modelId: `acme/m${n % 4}`, status: n % 5 === 0 ? 502 : 200 }
    await spend(api.lane, api.makeId(), { accountId: id, keyId: n % 3 === 0 ? second.id : inference.id, ...call })
  }
  const ledger = await readPages<{ kind: string; credits: string }>(manager.ask, `/api/v1/accounts/${id}/ledger`, 50)
  const charged = -sum(ledger.filter(({ kind }) => kind === 'usage').map(({ credits }) => credits))
  const usage = await manager.ask('GET', '/api/v1/usage')
  equal(parseCredits(usage.textAt('total.credits')), charged)

  const group = fc.constantFrom('key', 'model', 'provider', 'status', 'user', 'streamed')
  const anyChart = fc.record(
    {
      group,
      subgroup: group,
      bucket: fc.constantFrom('minute', 'hour', 'day', 'week', 'month'),
      zone: fc.constantFrom('UTC', 'Asia/Kolkata', 'America/New_York'),
      top: fc.constantFrom('1', '2', '100'),
      compare: fc.constantFrom('true', 'false'),
    },
    { requiredKeys: ['bucket'] },
  )
  await fc.assert(
    fc.asyncProperty(anyChart, async ({ subgroup, ...chart }) => {
      const now = Date.now()
      const given = {
        ...chart,
        ...(chart.group !== undefined && subgroup !== undefined && subgroup !== chart.group && { subgroup }),
        from: new Date(now - 3 * 3_600_000).toISOString(),
        to: new Date(now + 60_000).toISOString(),
      }
      const query = new URLSearchParams(given).toString()
      const reply = await manager.ask('GET', `/api/v1/usage/series?${query}`)
      const series = reply.at('data.series') as Line[]
      const buckets = reply.at('data.buckets') as object[]
      equal(sum(series.map(({ total }) => total)), charged, query)
      equal(sum(series.flatMap(({ values }) => values)), charged)
      equal(parseCredits(reply.textAt('data.total.total')), charged)
      equal(sum(reply.at('data.total.values') as string[]), charged)
      for (const each of series)
        deepEqual([each.values.length, sum(each.values)], [buckets.length, parseCredits(String(each.total))])
      if (chart.compare === 'true') equal(reply.at('data.before.total'), '0')
      if (chart.top === '1' && chart.group === 'model' && given.subgroup === undefined) ok(series.at(-1)!.is_other)
      equal(reply.at('data.counted_from'), null)

      const answer = await api.app.request(`/api/v1/usage/series.csv?${query}`, {
        headers: { authorization: `Bearer ${manager.secret}` },
      })
      const [head = [], ...rows] = parseCsv(await answer.text())
      equal(head[0], `from (${chart.zone ?? 'UTC'})`)
      equal(rows.length, series.length * buckets.length)
      equal(sum(rows.map((row) => row.at(-1))), charged)
    }),
    { numRuns: 50 },
  )
  const totals = await manager.ask('GET', '/api/v1/usage/series?metric=calls&cumulative=true')
  equal(totals.at('data.total.total'), 30)
  equal((totals.at('data.total.values') as number[]).at(-1), 30)
  const errors = await manager.ask('GET', '/api/v1/usage/series?metric=error_rate&group=key')
  equal(errors.at('data.total.total'), 0.2)
  equal((errors.at('data.series') as { group_name: string }[])[0]!.group_name, 'inference')
  equal((await manager.ask('GET', '/api/v1/usage/series?metric=duration_p95')).at('data.total.total'), 20)
  equal((await manager.ask('GET', '/api/v1/usage/series?metric=first_token_p50')).at('data.total.total'), 5)
})

test('the time before is told beside, bucket by bucket', async () => {
  const { id, manager, inference } = await api.makeCustomer('Compared')
  await operator.ask('POST', `/api/v1/accounts/${id}/grants`, { body: { credits: '1000', reason: 'x' } })
  await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: nanoUsd(500n), modelId: 'acme/a' })
  const at = (ms: number) => new Date(Date.now() + ms).toISOString()
  const query = `group=model&bucket=hour&compare=true&from=${at(3_600_000)}&to=${at(2 * 3_600_000)}`
  const reply = await manager.ask('GET', `/api/v1/usage/series?${query}`)
  deepEqual([reply.at('data.total.total'), reply.at('data.before.total')], ['0', toCredits(nanoUsd(500n))])
  deepEqual((reply.at('data.series') as { before_total: string }[])[0]!.before_total, '1')
})

test('what cannot be charted is refused with the field named', async () => {
  const bad: [string, string][] = [
    ['metric=beauty', 'metric'],
    ['group=colour', 'group'],
    ['subgroup=model', 'subgroup'],
    ['group=model&subgroup=model', 'subgroup'],
    ['metric=error_rate&cumulative=true', 'cumulative'],
    ['bucket=minute', 'bucket'],
    ['zone=Mars/Olympus', 'zone'],
    ['top=0', 'top'],
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
  ]
  for (const [query, param] of bad) {
    const refused = await operator.ask('GET', `/api/v1/usage/series?${query}`)
    deepEqual([refused.status, refused.at('error.param')], [400, param], query)
  }
})
