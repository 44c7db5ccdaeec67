import { deepEqual, equal } from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import { browserTest, expectAccessible, openPage } from './support/browser/index.ts'
import { signInAs } from './support/browser/member.ts'
import { eventually } from './support/eventually.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage, type Stage } from './support/stage.ts'

const stage = await openStage(
  { after },
  { REDPILL_TRUSTED_PROXIES: '127.0.0.1', REDPILL_COUNTRY_HEADER: 'CF-IPCountry' },
)
await offerModels(stage)
const direct = await openStage({ after }, { REDPILL_COUNTRY_HEADER: 'cf-ipcountry' })
await offerModels(direct)

async function offerModels(on: Stage): Promise<void> {
  const providerId = await on.addUpstream(await startMockUpstream({ after }))
  for (const id of ['acme/usual', 'acme/dear'])
    await on.addModel({ id, prices: { input: '1', output: '1' }, offers: [{ providerId, upstreamModel: 'normal' }] })
}

type Customer = Awaited<ReturnType<Stage['addCustomer']>>

async function call(on: Stage, { key }: Customer, model: string, country = 'DE') {
  const response = await fetch(`${on.server().url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', 'cf-ipcountry': country },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
  })
  await response.text()
  return response
}

/** A key that has been used for days, as far as anybody knows. */
async function settledCustomer(on: Stage): Promise<Customer> {
  const customer = await on.addCustomer('1000000')
  equal((await call(on, customer, 'acme/usual')).status, 200)
  await watch(on)
  await on.database.pool.query("update key_habit set first_at = first_at - interval '4 days' where key_id = $1", [
    customer.keyId,
  ])
  return customer
}

const watch = (on: Stage) => on.server().manage('POST', '/jobs/watch-use/run')

type Notice = { kind: string; model: string | null; country: string | null }
const noticesOf = async (on: Stage, { accountId }: Customer) =>
  (await on.server().manage<{ data: Notice[] }>('GET', `/key-notices?account_id=${accountId}`)).data.map(
    ({ kind, model, country }) => [kind, model ?? country],
  )

suite('a key that is used as it never was', () => {
  test('a country is believed of a trusted proxy only, and stands on the receipt', async () => {
    const [behind, alone] = [await settledCustomer(stage), await settledCustomer(direct)]
    const answers = [await call(stage, behind, 'acme/usual', 'BR'), await call(direct, alone, 'acme/usual', 'BR')]
    await watch(stage)
    await watch(direct)
    deepEqual(await noticesOf(stage, behind), [['country', 'BR']])
    deepEqual(await noticesOf(direct, alone), [])
    const [known, unknown] = await Promise.all(
      [stage, direct].map(async (on, at) => {
        const id = answers[at]!.headers.get('x-generation-id')!.replace('gen-', '')
        const { rows } = await on.database.pool.query<{ country: string | null }>(
          "select detail ->> 'country' as country from charge where call_id = $1",
          [id],
        )
        return rows[0]!.country
      }),
    )
    deepEqual([known, unknown], ['BR', null])
  })

  test('what a proxy does not know is no country', async () => {
    const customer = await settledCustomer(stage)
    for (const said of ['XX', 'T1', '', 'Brazil']) await call(stage, customer, 'acme/usual', said)
    await watch(stage)
    deepEqual(await noticesOf(stage, customer), [])
  })

  browserTest('it stands on the page of keys, and one click freezes the key', async (t) => {
    const customer = await settledCustomer(stage)
    const page = await openPage(t, stage.server().url)
    await signInAs(page, stage, { accountId: customer.accountId, role: 'developer', path: '/keys' })
    await page.getByRole('row').filter({ hasText: 'a key' }).getByText('Working').waitFor()
    equal((await call(stage, customer, 'acme/dear', 'BR')).status, 200)
    equal((await call(stage, customer, 'acme/usual', 'PE')).status, 200)
    await watch(stage)
    const notices = page.getByRole('region', { name: 'Unusual use of keys' })
    await notices.getByText('was answered by acme/dear for the first time.').waitFor()
    await expectAccessible(page)
    const abroad = notices.getByRole('listitem').filter({ hasText: 'was used from Brazil for the first time.' })
    await abroad.getByRole('button', { name: 'It is fine' }).click()
    await abroad.waitFor({ state: 'detached' })
    await notices.getByRole('button', { name: 'Freeze a key' }).first().click()
    await notices.waitFor({ state: 'detached' })
    await page.getByRole('row').filter({ hasText: 'a key' }).getByText('Frozen').waitFor()
    await eventually('it is refused', async () => (await call(stage, customer, 'acme/usual')).status === 401)
    await stage.reconcile()
  })
})
