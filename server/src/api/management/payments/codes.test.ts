import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { sql } from 'kysely'
import { openTestApi, readPages } from '../../test/harness.ts'

const api = await openTestApi({ after })
const { operator, db } = api

test('the text of a code is told once, and stored nowhere', async () => {
  const body = { credits: '5000', uses_max: 3, note: 'Launch' }
  const made = await operator.ask('POST', '/api/v1/codes', { body })
  equal(made.status, 201)
  const text = made.textAt('code')
  deepEqual([made.at('data.credits'), made.at('data.uses_max'), made.at('data.uses')], ['5000', 3, 0])
  const listed = await operator.ask('GET', '/api/v1/codes')
  ok(!JSON.stringify(listed.body).includes(text))
  for (const table of ['redemption_code', 'audit']) {
    const { rows } = await sql<{ row: string }>`select row_to_json(t)::text as row from ${sql.table(table)} t`.execute(
      db,
    )
    ok(rows.length > 0 && rows.every(({ row }) => !row.includes(text.slice(-9))), table)
  }
})

test('whoever looks after billing redeems a code; its maker sees who did, and can turn it off', async () => {
  const made = await operator.ask('POST', '/api/v1/codes', { body: { credits: '700', uses_max: 2, note: 'x' } })
  const [id, code] = [made.textAt('data.id'), made.textAt('code')]
  const acme = await api.makeCustomer('Acme')
  const account = `/api/v1/accounts/${acme.id}`
  const redeem = (given = code) => acme.manager.ask('POST', `${account}/redemptions`, { body: { code: given } })
  const redeemed = await redeem(code.toLowerCase())
  deepEqual([redeemed.status, redeemed.at('data.credits')], [201, '700'])
  const again = await redeem()
  deepEqual([again.status, again.textAt('error.message')], [409, 'This account has redeemed this code already.'])
  const [came] = (await acme.manager.ask('GET', `${account}/top-ups`)).at('data') as { id: string }[]
  equal(came?.id, redeemed.textAt('data.transfer_id'))
  const who = await readPages<{ account_id: string }>(operator.ask, `/api/v1/codes/${id}/redemptions`, 1)
  deepEqual(
    who.map(({ account_id: accountId }) => accountId),
    [acme.id],
  )
  equal((await acme.manager.ask('GET', `${account}/audit?action=redeemCode`)).at('data.0.after.credits'), '700')
  await operator.ask('PATCH', `/api/v1/codes/${id}`, { body: { disabled: true } })
  const other = await api.makeCustomer('Other')
  const path = `/api/v1/accounts/${other.id}/redemptions`
  const refused = await other.manager.ask('POST', path, { body: { code } })
  deepEqual([refused.status, refused.textAt('error.message')], [404, 'There is no such code.'])
})

test('codes cannot be guessed: after ten tries an account has to wait, whatever it tried', async () => {
  const acme = await api.makeCustomer('Guesser')
  const path = `/api/v1/accounts/${acme.id}/redemptions`
  const tries = () => acme.manager.ask('POST', path, { body: { code: 'RP-0000-0000-0000-0000' } })
  for (let count = 0; count < 10; count++) equal((await tries()).status, 404)
  const { code } = (await operator.ask('POST', '/api/v1/codes', { body: { credits: '1', note: 'x' } })).body as {
    code: string
  }
  const refused = await acme.manager.ask('POST', path, { body: { code } })
  equal(refused.status, 429)
  match(String(refused.headers.get('retry-after')), /^\d+$/)
})

test('an account has a code by which it brings others, who say so once', async () => {
  const [old, fresh] = [await api.makeCustomer('Old'), await api.makeCustomer('Fresh')]
  const told = await old.manager.ask('GET', `/api/v1/accounts/${old.id}/referral`)
  equal(
    told.textAt('data.code'),
    (await old.manager.ask('GET', `/api/v1/accounts/${old.id}/referral`)).textAt('data.code'),
  )
  const path = `/api/v1/accounts/${fresh.id}/referral`
  const body = { code: told.textAt('data.code') }
  const come = await fresh.manager.ask('POST', path, { body })
  deepEqual([come.status, come.at('data.own')], [200, 'open'])
  equal((await fresh.manager.ask('POST', path, { body })).status, 409)
  equal((await old.manager.ask('POST', `/api/v1/accounts/${old.id}/referral`, { body })).status, 409)
  equal((await old.manager.ask('GET', `/api/v1/accounts/${old.id}/referral`)).at('data.brought'), 1)
})
