import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMockUpstream } from '../../server/test/support/mock-upstream.ts'
import type { Account, Generation, Key, Movement, SignInCode, Usage } from './answers.ts'
import { type Ran, redpill, type RunOptions, startRedpill } from './test/redpill.ts'
import { startServer } from './test/server.ts'

const server = await startServer({ after })
const upstream = await startMockUpstream({ after })
const options: RunOptions = { environment: { REDPILL_DATA: server.dataDirectory } }

const run = (...args: readonly string[]): Promise<Ran> => redpill(args, options)

async function succeed(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(...args)
  assert.equal(code, 0, `redpill ${args.join(' ')}: ${stderr}`)
  return stdout
}

const json = async <Answer>(...args: readonly string[]): Promise<Answer> =>
  JSON.parse(await succeed(...args, '--json')) as Answer

type Balance = { readonly name: string; readonly credits: Account['credits'] }

test('after the first start, models, balance and keys are there without any option', async () => {
  const models = await succeed('models')
  assert.match(models, /^model +USD\/M in +USD\/M out +credits\/token in +credits\/token out +context\n/)
  assert.match(models, /^local\/nano +0\.02 +0\.06 +0\.04 +0\.12 +256$/m)
  assert.match(await succeed('models', 'nano'), /^name +Nano$/m)
  assert.match(await succeed('credits'), /^granted +10,000,000$/m)
  assert.match(await succeed('keys', 'list'), /^Demo +sk-rp-\S+ +on /m)
})

test('what a program reads is JSON, with amounts as decimal texts', async () => {
  const { name, credits } = await json<Balance>('credits')
  assert.equal(name, 'Demo')
  assert.equal(credits.granted, '10000000')
  const { data } = await json<{ data: { id: string; pricing: { prompt: string } }[] }>('models', 'local/nano')
  assert.deepEqual(
    data.map(({ id, pricing }) => [id, pricing.prompt]),
    [['local/nano', '0.00000002']],
  )
})

test('a link into the console is made, and stands alone on standard output', async () => {
  assert.match(await succeed('console'), /^http:\/\/localhost:\d+\/sign-in#link=[\w-]{43}\n$/)
  const { url } = await json<{ url: string; expires_at: string }>('console')
  assert.match(url, /#link=/)
})

test('the operator reads the codes that people wait for where no mail is sent', async () => {
  assert.match(await succeed('codes'), /^e-mail +code +asked for +works until\n$/)
  const asked = await fetch(`${server.url}/api/v1/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-redpill-csrf': '1', 'sec-fetch-site': 'same-origin' },
    body: JSON.stringify({ email: 'ada@example.com' }),
  })
  assert.equal(asked.status, 200, await asked.text())
  assert.match(await succeed('codes'), /^ada@example\.com +\d{6} +\S+ \S+ +\S+ \S+$/m)
  const { data } = await json<{ data: readonly SignInCode[] }>('codes')
  assert.deepEqual(
    data.map(({ email }) => email),
    ['ada@example.com'],
  )
})

test('a key is made with its limits, spends within them, is changed, disabled and deleted', async () => {
  const bounds = ['--limit', '1,000', '--window', 'day', '--call-cap', '500', '--expires', '30d']
  const made = await run('keys', 'create', 'ci', '--account', 'Demo', ...bounds)
  const secret = made.stdout.trim()
  assert.match(secret, /^sk-rp-\w+$/, 'the secret stands alone on standard output')
  assert.match(made.stderr, /^limit +1,000\/day$/m)
  assert.equal((await run('chat', '--key', secret, '-m', 'local/echo', 'hi')).stdout, 'hi\n')

  const spent = await json<Key>('keys', 'show', 'ci')
  assert.deepEqual([spent.limit_credits, spent.limit_window, spent.call_cap_credits], ['1000', 'day', '500'])
  assert.notEqual(spent.spent_credits, '0')

  const edited = await json<Key>('keys', 'edit', 'ci', '--limit', 'none', '--expires', 'never', '--name', 'CI 2')
  assert.deepEqual([edited.limit_credits, edited.expires_at, edited.name], [null, null, 'CI 2'])

  await succeed('keys', 'edit', 'CI 2', '--disable')
  const refused = await run('chat', '--key', secret, 'hi')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /disabled\. The key came from --key\. \(invalid_api_key, request/)

  const unconfirmed = await run('keys', 'delete', 'CI 2')
  assert.equal(unconfirmed.code, 2, 'without a terminal nobody can be asked')
  await succeed('keys', 'delete', 'CI 2', '--yes')
  assert.equal((await run('keys', 'show', 'CI 2')).code, 1)
})

test('limits per minute, whom a key may reach, and a new secret: by the command line', async () => {
  await run('keys', 'create', 'tight', '--account', 'Demo', '--requests-per-minute', '60', '--models', 'openai/*')
  const made = await json<Key>('keys', 'show', 'tight')
  assert.deepEqual([made.requests_per_minute, made.allowed_models], [60, ['openai/*']])
  const change = ['--requests-per-minute', 'none', '--parallel', '3', '--models', 'all', '--from', '127.0.0.0/8,::1']
  const edited = await json<Key>('keys', 'edit', 'tight', ...change)
  assert.deepEqual(
    [edited.requests_per_minute, edited.parallel_max, edited.allowed_models, edited.allowed_addresses],
    [0, 3, null, ['127.0.0.0/8', '::1']],
  )
  const shown = await succeed('keys', 'show', 'tight')
  assert.match(shown, /^requests\/min +no limit$/m)
  assert.match(shown, /^from +127\.0\.0\.0\/8, ::1$/m)
  assert.equal((await run('keys', 'edit', 'tight', '--parallel', 'many')).code, 2)

  const keeping = await json<Key>('keys', 'edit', 'tight', '--cache', '10m', '--store-answers', 'on')
  assert.deepEqual([keeping.cache_seconds, keeping.store_answers], [600, true])
  assert.match(await succeed('keys', 'show', 'tight'), /^cache +600 s$/m)
  const left = await json<Key>('keys', 'edit', 'tight', '--cache', 'off', '--store-answers', 'default')
  assert.deepEqual([left.cache_seconds, left.store_answers], [null, null])
  assert.equal((await run('keys', 'edit', 'tight', '--cache', '2d')).code, 2)

  const rotated = await run('keys', 'rotate', 'tight', '--overlap', '12h')
  assert.match(rotated.stderr, /^old secret +until /m)
  assert.equal((await run('chat', '--key', rotated.stdout.trim(), '-m', 'local/echo', 'hi')).stdout, 'hi\n')

  assert.match(await succeed('accounts', 'limit', 'Demo', '--tokens-per-minute', '9000'), /^tokens\/min +9,000$/m)
  assert.match(await succeed('accounts', 'limit', 'Demo', '--tokens-per-minute', 'default'), /^name +Demo$/m)
})

test('an own key at a provider is kept from standard input, listed without the key, and forgotten', async () => {
  await succeed('providers', 'add', 'own-acme', '--base-url', 'https://api.acme.example/v1')
  const set = ['provider-keys', 'set', 'own-acme', '--account', 'Demo', '--no-fallback', '--json', '--api-key', '-']
  const kept = await redpill(set, { ...options, stdin: 'sk-own-key-0123456789\n' })
  assert.equal(kept.code, 0, kept.stderr)
  assert.match(await succeed('provider-keys', 'list'), /^own-acme +\.\.\.6789 +no /m)
  const { id } = JSON.parse(kept.stdout) as { id: string }
  assert.equal(await succeed('provider-keys', 'delete', id), `Deleted ${id}.\n`)
  await succeed('providers', 'remove', 'own-acme')
})

test('credits are granted once, however often the command is repeated with its idempotency key', async () => {
  const { id } = await json<Account>('accounts', 'create', 'Acme')
  const command = ['credits', 'grant', 'acme', '1000000.5', '--reason', 'trial', '--idempotency-key', 'trial-1']
  const first = await succeed(...command)
  assert.equal(first, 'Granted 1,000,000.5 credits; the balance is 1,000,000.5.\n')
  assert.equal(await succeed(...command), first)
  const { credits } = await json<Balance>('credits', '--account', id)
  assert.equal(credits.available, '1000000.5')
  const { data } = await json<{ data: Movement[] }>('credits', '--account', 'Acme', '--ledger')
  assert.deepEqual(
    data.map(({ kind, note, credits: amount }) => [kind, note, amount]),
    [['grant', 'trial', '1000000.5']],
  )
})

test('a key of an account without credits comes with the command that grants some', async () => {
  const { id } = await json<Account>('accounts', 'create', 'Poor')
  const { stderr } = await run('keys', 'create', 'first', '--account', 'Poor')
  assert.ok(stderr.includes(`redpill credits grant ${id} `), stderr)
})

test('a frozen account starts no call until it is unfrozen', async () => {
  await succeed('accounts', 'create', 'Cold')
  await succeed('credits', 'grant', 'Cold', '1000')
  const secret = (await succeed('keys', 'create', 'k', '--account', 'Cold')).trim()
  const say = ['chat', '--key', secret, '-m', 'local/echo', 'hi']
  assert.match(await succeed('accounts', 'freeze', 'Cold'), /^Cold +frozen /m)
  assert.match((await run(...say)).stderr, /account_frozen/)
  await succeed('accounts', 'unfreeze', 'Cold')
  assert.equal(await succeed(...say), 'hi\n')
})

test('a provider is added, tested, offered with a price, called and charged, and removed', async () => {
  const secretKey = 'sk-upstream-secret'
  const add = ['providers', 'add', 'mock', '--base-url', upstream.baseUrl]
  const refused = await redpill([...add, '--api-key', '-'], { ...options, stdin: `${secretKey}\n` })
  assert.match(refused.stderr, /private address/)
  const added = await redpill([...add, '--allow-private', '--api-key', '-'], { ...options, stdin: `${secretKey}\n` })
  assert.equal(added.code, 0, added.stderr)
  assert.match(await succeed('providers', 'test', 'mock'), /^mock +yes +\d+ models$/m)
  assert.doesNotMatch(await succeed('providers', 'list', '--json'), new RegExp(secretKey))

  const offered = await json<{ id: string }>('offers', 'add', 'mock', 'normal', '--input', '5', '--output', '15')
  assert.match(await succeed('models', 'mock/normal'), /^prompt +5 USD\/M, 10 credits each$/m)
  await succeed('chat', '-m', 'mock/normal', 'hi')
  assert.equal(upstream.requests.at(-1)?.headers['authorization'], `Bearer ${secretKey}`)

  await succeed('prices', 'set', 'mock/normal', 'input', '6')
  assert.match(await succeed('prices', 'list', 'mock/normal'), /^mock\/normal +input +6 +12 .* operator$/m)

  assert.match((await run('providers', 'remove', 'mock')).stderr, /offer.*\(conflict, /i)
  await succeed('offers', 'remove', offered.id)
  await succeed('providers', 'remove', 'mock')
})

test('a provider that does not answer makes its test fail and is named', async () => {
  await succeed('providers', 'add', 'gone', '--base-url', 'http://127.0.0.1:9/v1', '--allow-private')
  const { code, stdout, stderr } = await run('providers', 'test')
  assert.equal(code, 1)
  assert.match(stdout, /^gone +no /m)
  assert.match(stdout, /^local +yes /m)
  assert.match(stderr, /1 of \d+ providers failed/)
  await succeed('providers', 'remove', 'gone')
})

test('however usage is grouped, it sums to what was charged', async () => {
  await succeed('chat', '-m', 'local/echo', 'one two three')
  const spent = (await json<{ data: Account[] }>('accounts', 'list')).data.map(({ credits }) => credits.spent)
  for (const by of ['day,model', 'key', 'status,key,model']) {
    const { data, total } = await json<Usage>('usage', '--by', by)
    assert.equal(sum(data.map(({ credits }) => credits)), sum([total.credits]), by)
    assert.equal(sum([total.credits]), sum(spent), by)
  }
  assert.match(await succeed('usage', '--by', 'key,model'), /^Demo +local\/echo +\d+ /m)
  const nothing = await run('usage', '--from', '2020-01-01', '--to', '2020-01-02')
  assert.deepEqual([nothing.code, nothing.stdout, nothing.stderr], [0, '', 'Nothing was used.\n'])
})

/** In thousandths, so that nothing is rounded. */
const sum = (credits: readonly string[]): bigint =>
  credits.reduce((total, text) => {
    const [whole = '', fraction = ''] = text.split('.')
    return total + BigInt(whole + fraction.padEnd(3, '0'))
  }, 0n)

test('a receipt tells what a call cost, who answered it and why', async () => {
  const { stderr } = await run('chat', '-m', 'local/echo', 'hi')
  const id = /gen-[0-9a-f-]{36}/.exec(stderr)?.[0] ?? ''
  const receipt = await json<Generation>('generation', id)
  const text = await succeed('generation', id)
  assert.match(text, new RegExp(`^charged +${receipt.credits.replace('.', '\\.')} credits$`, 'm'))
  assert.match(text, /^state +ok \(200\)$/m)
  assert.match(text, /^local +answered /m)
})

test('a wrong key is told by message, code, request id and where the key came from', async () => {
  const environment = { REDPILL_URL: server.url, REDPILL_OPERATOR_KEY: server.demoKey.replace(/.$/, '!') }
  const wrong = await redpill(['accounts', 'list'], { environment })
  assert.equal(wrong.code, 1)
  assert.match(wrong.stderr, /^redpill: .*The key came from REDPILL_OPERATOR_KEY\. \(invalid_api_key, request \S+\)\n$/)
  const weak = await run('accounts', 'list', '--key', server.demoKey)
  assert.match(weak.stderr, /management key.*\(not_allowed, request \S+\)\n$/)
  const missing = await redpill(['accounts', 'list'], {
    environment: { REDPILL_URL: server.url, REDPILL_DATA: '/nowhere' },
  })
  assert.match(missing.stderr, /^redpill: There is no key: give --key or REDPILL_OPERATOR_KEY/)
})

test('the address may be given as clients of OpenAI know it, on the command line or in the environment', async () => {
  const environment = { REDPILL_DATA: '/nowhere', REDPILL_URL: 'http://127.0.0.1:9' }
  const { code, stderr } = await redpill(['models', '--url', `${server.url}/v1/`], { environment })
  assert.equal(code, 0, stderr)
})

test('wrong usage ends with 2 and changes nothing', async () => {
  for (const args of [
    ['bogus'],
    ['keys'],
    ['keys', 'edit', 'Demo'],
    ['credits', 'grant', 'Demo', 'many'],
    ['credits', 'grant', 'Demo'],
    ['chat', '--temperature', 'hot', 'hi'],
    ['models', '--url', 'localhost'],
    ['keys', 'create', 'x', '--window', 'year'],
    ['usage', '--from', 'yesterday'],
  ]) {
    const { code, stderr } = await run(...args)
    assert.equal(code, 2, `${args.join(' ')}: ${stderr}`)
    assert.doesNotMatch(stderr, /\n +at /)
  }
})

test('whoever stops reading is no failure', async (t) => {
  const running = startRedpill(t, ['models', '--json'], options)
  running.child.stdout.destroy()
  assert.equal((await running.ended).code, 0)
})
