import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, suite } from 'node:test'
import { browserTest, expectAccessible, openPage, type Page, signIn, tabTo } from './support/browser/index.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const server = stage.server()
const mock = await startMockUpstream({ after })
const providerId = await stage.addUpstream(mock, { name: 'mock' })
const prices = { input: '2', output: '8' }
for (const upstreamModel of ['normal', 'stall-mid', 'rate-limited'])
  await stage.addModel({ id: `acme/${upstreamModel}`, prices, offers: [{ providerId, upstreamModel }] })

async function openPlayground(t: Parameters<typeof openPage>[0], search: string, credits = '1000000') {
  const customer = await stage.addCustomer(credits)
  const page = await openPage(t, server.url)
  await signIn(page, server, `/playground${search}`)
  await page.getByRole('button', { name: 'Paste another key instead' }).click()
  await page.getByLabel('API key').fill(customer.key)
  await page.getByRole('button', { name: 'Use this key' }).click()
  await page.getByText('a key', { exact: true }).waitFor()
  return { page, customer }
}

const say = async (page: Page, message: string) => {
  await page.getByLabel('Message').fill(message)
  await page.keyboard.press('Control+Enter')
}

const spent = async (accountId: string): Promise<string> =>
  (await server.manage<{ data: { credits: { spent: string } } }>('GET', `/accounts/${accountId}`)).data.credits.spent

suite('the playground', () => {
  browserTest('a key with a limit and an end is made for it, pays, and its secret is gone with the tab', async (t) => {
    const { data } = await server.manage<{ data: { id: string; kind: string }[] }>('GET', '/accounts?limit=200')
    const operator = data.find(({ kind }) => kind === 'operator')!
    await server.manage('POST', `/accounts/${operator.id}/grants`, { credits: '5000000', reason: 'to try' })
    const page = await openPage(t, server.url)
    await signIn(page, server, '/playground?model=acme/normal')
    await page.getByLabel('May spend', { exact: true }).fill('20000')
    await page.getByText('At most 20,000 credits in all').waitFor()
    await page.getByRole('button', { name: 'Make the key Playground' }).click()
    await page.getByText('20,000 credits left').waitFor()
    await say(page, 'Hello')
    await page.getByText('Hello from the mock upstream').waitFor()
    // 11 tokens in at 4 credits, 5 out at 16.
    await page.getByText('124 credits').first().waitFor()
    await page.getByText('19,876 credits left').waitFor()
    const kept = await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])')
    ok(!String(kept).includes('sk-rp-'))
    await page.reload()
    await page.getByRole('button', { name: 'Renew the key Playground' }).waitFor()
    const keys = await server.manage<{ data: { name: string; limit_credits: string; expires_at: string }[] }>(
      'GET',
      `/keys?account_id=${operator.id}&search=Playground`,
    )
    deepEqual(
      keys.data.map(({ name, limit_credits: limit }) => [name, limit]),
      [['Playground', '20000']],
    )
    ok(keys.data[0]!.expires_at)
    // What it spent before does not count against what is chosen now.
    await page.getByRole('button', { name: 'Renew the key Playground' }).click()
    await page.getByText('1,000,000 credits left').waitFor()
  })

  browserTest(
    'two models answer side by side, each with its tokens, cost and receipt, and the router says why',
    async (t) => {
      const { page, customer } = await openPlayground(t, '?model=acme/normal&second=local/echo')
      await say(page, 'Hello')
      const [left, right] = [
        page.getByRole('region', { name: 'acme/normal' }),
        page.getByRole('region', { name: 'local/echo' }),
      ]
      await left.getByText('Hello from the mock upstream').waitFor()
      await left.getByText('11 in, 5 out').waitFor()
      await right.getByText('1 out').waitFor()
      await left.getByText(/Served by mock/).click()
      await left.getByText(/answered after/).waitFor()
      await page.locator('.answer-facts data').nth(1).waitFor()
      const shown = await page.locator('.answer-facts data').all()
      const costs = await Promise.all(shown.map((each) => each.getAttribute('value')))
      const sum = costs.reduce((total, each) => total + BigInt(each ?? ''), 0n)
      equal(String(Number(await spent(customer.accountId)) * 1_000), String(sum))
      await expectAccessible(page)
    },
  )

  browserTest('nobody pays for a second model that they did not choose, and its price is told before', async (t) => {
    const { page } = await openPlayground(t, '?model=acme/normal')
    // The mock's prices are 2 and 8 USD per million tokens.
    await page.getByText('4 credits in, 16 out per token').waitFor()
    await page.getByRole('button', { name: 'Second model' }).click()
    const second = page.getByLabel('Second model')
    await second.waitFor()
    equal(await second.inputValue(), '')
    await page.getByLabel('Message').fill('Hello')
    equal(await page.getByRole('button', { name: 'Send' }).getAttribute('aria-disabled'), 'true')
    await second.fill('local/echo')
    await page.waitForURL(/second=local%2Fecho|second=local\/echo/)
    await say(page, 'Hello')
    await page.getByRole('region', { name: 'local/echo' }).getByText('1 out').waitFor()
  })

  browserTest('what was delivered before a stop is charged, and said', async (t) => {
    const { page, customer } = await openPlayground(t, '?model=acme/stall-mid')
    await say(page, 'Hello')
    await page.getByText('Hello from').waitFor()
    await page.getByText(/≈ [\d.]+ credits/).waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Stopped. What was delivered is charged.').waitFor()
    const cost = page.locator('.answer-facts data')
    await cost.waitFor()
    const charged = BigInt((await cost.getAttribute('value'))!)
    ok(charged > 0n)
    equal(String(Number(await spent(customer.accountId)) * 1_000), String(charged))
    await stage.reconcile()
  })

  browserTest('an answer full of markup and scripts is only ever text', async (t) => {
    const { page } = await openPlayground(t, '?model=acme/normal')
    const hostile = [
      '<img src=x onerror="document.title=1">',
      '<script>document.title=1</script>',
      '[click](javascript:document.title=1)',
      '```html',
      '<iframe srcdoc="<script>top.document.title=1</script>"></iframe>',
      '```',
    ].join('\n')
    mock.enqueue({ answer: { words: [hostile] } })
    await say(page, 'Say something bad')
    const answer = page.getByRole('region', { name: 'acme/normal' })
    await answer.getByText('<script>document.title=1</script>').waitFor()
    await answer.getByRole('region', { name: 'Code html' }).getByText('<iframe').waitFor()
    equal(await answer.locator('img, script, iframe, a[href^="javascript"]').count(), 0)
    match(await page.title(), /Playground/)
  })

  browserTest('out of credits, too many calls and a dead key are told in plain words with what to do', async (t) => {
    const { page } = await openPlayground(t, '?model=acme/normal', '10')
    await say(page, 'Hello')
    await page
      .getByRole('alert')
      .getByText(/This call may cost up to .* credits, and 10 are there\./)
      .waitFor()
    await page.getByRole('link', { name: 'Open My Credits' }).waitFor()
    const { page: other, customer } = await openPlayground(t, '?model=acme/rate-limited')
    await say(other, 'Hello')
    await other.getByRole('alert').waitFor()
    await server.manage('DELETE', `/keys/${customer.keyId}`)
    await other.getByLabel('Message').fill('Again')
    await other.keyboard.press('Control+Enter')
    await other.getByText('The key does not work any more.').waitFor()
  })

  browserTest(
    'parameters go along, code is the same call, and another answer takes the place of the last',
    async (t) => {
      const { page } = await openPlayground(t, '?model=acme/normal')
      await page.getByLabel('System prompt').fill("Don't say more than needed")
      await page.getByText('Parameters').click()
      await page.getByLabel('Most tokens').fill('2')
      await page.getByLabel('Temperature').fill('9')
      await page.getByText('A number from 0 to 2.').waitFor()
      await page.getByLabel('Temperature').fill('0.5')
      await say(page, 'Hello')
      await page.getByText('It was cut here').waitFor()
      const { body } = mock.requests.at(-1)!
      deepEqual([body['temperature'], body['max_tokens']], [0.5, 2])
      deepEqual(
        (body['messages'] as { role: string }[]).map(({ role }) => role),
        ['system', 'user'],
      )
      await page.getByRole('button', { name: 'Code' }).click()
      await page.getByText('"temperature": 0.5').waitFor()
      await page.getByText(String.raw`Don'\''t say more`).waitFor()
      await page.keyboard.press('Escape')
      await page.getByLabel('Most tokens').fill('')
      await page.getByRole('button', { name: 'Again' }).click()
      await page.getByText('Hello from the mock upstream').waitFor()
      await page.getByText('It was cut here').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Clear' }).click()
      await page.getByText('Hello from the mock upstream').waitFor({ state: 'detached' })
    },
  )

  browserTest('it is used by keyboard alone', async (t) => {
    const customer = await stage.addCustomer('1000000')
    const page = await openPage(t, server.url)
    await signIn(page, server, '/playground?model=acme/normal')
    await tabTo(page, { role: 'button', name: 'Paste another key instead' })
    await page.keyboard.press('Enter')
    await page.getByLabel('API key').waitFor()
    await tabTo(page, { role: 'textbox', name: 'API key' })
    await page.keyboard.insertText(customer.key)
    await page.keyboard.press('Enter')
    await tabTo(page, { role: 'textbox', name: 'Message' })
    await page.keyboard.type('Hello')
    await page.keyboard.press('Control+Enter')
    await page.getByText('Hello from the mock upstream').waitFor()
    await tabTo(page, { role: 'link', name: 'Receipt' })
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Hello from the mock upstream').waitFor()
  })
})
