import { deepEqual, equal } from 'node:assert/strict'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { generationId } from '../../core/ids.ts'
import { nanoUsd, parseCredits } from '../../core/money.ts'
import { sumUpUsage } from '../../credits/index.ts'
import { hold, openTestApi, readPages, spend } from '../test/harness.ts'
import { parseCsv } from '../test/parse-csv.ts'

const api = await openTestApi({ after })
const { operator } = api

type Movement = { kind: string; credits: string; at: string; sequence: string; balance_after: string }

const month = new Date().toISOString().slice(0, 7)

async function post(path: string, body: object) {
  const reply = await operator.ask('POST', `/api/v1/accounts/${path}`, { body })
  equal(reply.status, 201)
  return reply
}

const sum = (amounts: readonly string[]) => amounts.reduce((total, text) => total + parseCredits(text)!, 0n)

async function csvOf(secret: string, path: string): Promise<string[][]> {
  const answer = await api.app.request(path, { headers: { authorization: `Bearer ${secret}` } })
  equal(answer.status, 200)
  return parseCsv(await answer.text())
}

test('a statement reconciles to nothing at every moment, and its lines are the sums of the ledger', async () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('grant' as const), credits: fc.integer({ min: 1, max: 1_000 }) }),
    fc.record({ kind: fc.constant('take' as const), credits: fc.integer({ min: 1, max: 20 }) }),
    fc.record({ kind: fc.constant('call' as const), nano: fc.bigInt(0n, 4_000n) }),
    fc.record({ kind: fc.constant('sum' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { id, manager, inference } = await api.makeCustomer('Reconciled')
      const first = await post(`${id}/grants`, { credits: '5000', reason: 'first' })
      for (const each of steps) {
        if (each.kind === 'sum') await sumUpUsage(api.db)
        else if (each.kind === 'grant') await post(`${id}/grants`, { credits: String(each.credits), reason: 'x' })
        else if (each.kind === 'call')
          await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: nanoUsd(each.nano) })
        else
          await post(`${id}/corrections`, {
            transfer_id: first.at('data.id'),
            credits: String(each.credits),
            reason: 'x',
          })
      }
      const told = await manager.ask('GET', `/api/v1/accounts/${id}/statements/${month}`)
      equal(told.at('data.difference_credits'), '0')
      equal(told.at('data.opening_credits'), '0')
      const account = await manager.ask('GET', `/api/v1/accounts/${id}`)
      equal(told.at('data.closing_credits'), account.at('data.credits.available'))
      const lines = told.at('data.lines') as { kind: string; movements: number; credits: string }[]
      const ledger = await readPages<Movement>(manager.ask, `/api/v1/accounts/${id}/ledger`, 50)
      for (const { kind, movements, credits } of lines) {
        const those = await readPages<Movement>(manager.ask, `/api/v1/accounts/${id}/ledger?kind=${kind}`, 3)
        deepEqual(
          those,
          ledger.filter((movement) => movement.kind === kind),
        )
        deepEqual([those.length, sum(those.map((each) => each.credits))], [movements, parseCredits(credits)])
      }
      equal(
        lines.reduce((all, { movements }) => all + movements, 0),
        ledger.length,
      )
      const [head, ...rows] = await csvOf(manager.secret, `/api/v1/accounts/${id}/statements/${month}.csv`)
      equal(head![3], 'month (UTC)')
      deepEqual(rows.at(-1)!.slice(0, 3), ['difference', '', '0'])
      const csv = await csvOf(manager.secret, `/api/v1/accounts/${id}/ledger.csv`)
      deepEqual(
        csv.slice(1).map((row) => [row[0], row[4], row[6]]),
        ledger.map((each) => [each.sequence, each.credits, each.balance_after]),
      )
    }),
    { numRuns: 12 },
  )
})

test('the ledger is narrowed by kind, direction and time; what is between two times is exact', async () => {
  const { id, manager, inference } = await api.makeCustomer('Narrowed')
  await post(`${id}/grants`, { credits: '100', reason: 'x' })
  for (let n = 0; n < 6; n++) {
    await spend(api.lane, api.makeId(), { accountId: id, keyId: inference.id, cost: nanoUsd(500n) })
    if (n === 2) await sumUpUsage(api.db)
  }
  const all = await readPages<Movement>(manager.ask, `/api/v1/accounts/${id}/ledger`, 50)
  const listed = async (query: string) =>
    (await readPages<Movement>(manager.ask, `/api/v1/accounts/${id}/ledger?${query}`, 2)).map((each) => each.sequence)
  const those = (which: (each: Movement) => boolean) => all.filter(which).map((each) => each.sequence)
  deepEqual(
    await listed('direction=in'),
    those(({ kind }) => kind === 'grant'),
  )
  deepEqual(
    await listed('direction=out'),
    those(({ kind }) => kind === 'usage'),
  )
  deepEqual(await listed('kind=usage&direction=in'), [])
  const middle = all[3]!.at
  deepEqual(
    await listed(`from=${middle}`),
    those(({ at }) => at >= middle),
  )
  deepEqual(
    await listed(`to=${middle}`),
    those(({ at }) => at < middle),
  )
  const refused = await manager.ask('GET', `/api/v1/accounts/${id}/ledger?kind=Usage`)
  deepEqual([refused.status, refused.at('error.param')], [400, 'kind'])
})

test('months before the account and months to come have no statement; an account of others has none for anyone', async () => {
  const { id, manager } = await api.makeCustomer('Young')
  const stranger = await api.makeCustomer('Stranger')
  const months = await manager.ask('GET', `/api/v1/accounts/${id}/statements`)
  deepEqual(months.at('data'), [{ month, is_complete: false }])
  for (const other of ['2001-01', '2999-01'])
    equal((await manager.ask('GET', `/api/v1/accounts/${id}/statements/${other}`)).status, 404)
  equal((await manager.ask('GET', `/api/v1/accounts/${id}/statements/2026-13`)).status, 400)
  equal((await stranger.manager.ask('GET', `/api/v1/accounts/${id}/statements/${month}`)).status, 404)
  equal((await stranger.manager.ask('GET', `/api/v1/accounts/${id}/statements/${month}.csv`)).status, 404)
})

test('holds are listed with their calls, and are what the account has on hold', async () => {
  const { id, manager, inference } = await api.makeCustomer('Holding')
  await post(`${id}/grants`, { credits: '100', reason: 'x' })
  const callIds = [api.makeId(), api.makeId()]
  for (const callId of callIds)
    await hold(api.lane, callId, { accountId: id, keyId: inference.id, cost: nanoUsd(1_500n) })
  const holds = await manager.ask('GET', `/api/v1/accounts/${id}/holds`)
  deepEqual(holds.at('total'), { holds: 2, credits: '6' })
  deepEqual(
    (holds.at('data') as { id: string }[]).map((each) => each.id).toSorted(),
    callIds.map(generationId).toSorted(),
  )
  deepEqual(
    [holds.at('data.0.credits'), holds.at('data.0.key_name'), holds.at('data.0.model')],
    ['3', 'inference', 'local/echo'],
  )
  const account = await manager.ask('GET', `/api/v1/accounts/${id}`)
  equal(account.at('data.credits.held'), '6')
  const told = await manager.ask('GET', `/api/v1/accounts/${id}/statements/${month}`)
  deepEqual([told.at('data.on_hold_credits'), told.at('data.closing_credits')], ['6', '100'])
})

test('top-ups say what became of them', async () => {
  const { id, manager } = await api.makeCustomer('Topped up')
  const grants = []
  for (const credits of ['10', '20', '30'])
    grants.push((await post(`${id}/grants`, { credits, reason: `${credits} for you` })).textAt('data.id'))
  await post(`${id}/corrections`, { transfer_id: grants[0], credits: '10', reason: 'all' })
  await post(`${id}/corrections`, { transfer_id: grants[1], credits: '5', reason: 'some' })
  const listed = await readPages<Record<string, unknown>>(manager.ask, `/api/v1/accounts/${id}/top-ups`, 2)
  deepEqual(
    listed.map((each) => [each['credits'], each['state'], each['taken_back_credits'], each['note']]),
    [
      ['30', 'completed', '0', '30 for you'],
      ['20', 'partly_taken_back', '5', '20 for you'],
      ['10', 'taken_back', '10', '10 for you'],
    ],
  )
})
