import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { startMockUpstream } from '../../server/test/support/mock-upstream.ts'
import { noTerminal, redpill, startOnTerminal, startRedpill } from './test/redpill.ts'
import { startServer } from './test/server.ts'

const server = await startServer({ after })
const upstream = await startMockUpstream({ after })
/** For tests that wait for something to be printed: one that never is must not hold up the others. */
const timeout = 60_000
const options = { environment: { REDPILL_DATA: server.dataDirectory } }

await setUp('providers', 'add', 'mock', '--base-url', upstream.baseUrl, '--allow-private')
for (const model of ['normal', 'slow-trickle', 'stall-mid', 'reset-mid']) {
  await setUp('offers', 'add', 'mock', model, '--as', `mock/${model}`, '--input', '1', '--output', '10')
}

async function setUp(...args: readonly string[]): Promise<void> {
  const { code, stderr } = await redpill(args, options)
  assert.equal(code, 0, stderr)
}

const generationIn = (text: string): string => /gen-[0-9a-f-]{36}/.exec(text)?.[0] ?? assert.fail(`no id in ${text}`)

async function receipt(id: string): Promise<{ credits: string; state: string; tokens_completion: number }> {
  const { code, stdout, stderr } = await redpill(['generation', id, '--json'], options)
  assert.equal(code, 0, stderr)
  return JSON.parse(stdout) as { credits: string; state: string; tokens_completion: number }
}

test('an answer goes to standard output alone; what it cost, as the receipt says, to standard error', async () => {
  const { code, stdout, stderr } = await redpill(['chat', '-m', 'local/echo', 'one', 'two'], options)
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'one two\n')
  const { credits, state } = await receipt(generationIn(stderr))
  assert.equal(state, 'ok')
  assert.match(stderr, new RegExp(`^${credits.replace('.', '\\.')} credits · \\d+ tokens in, \\d+ out · [\\d,]+ ms`))
})

test('the built-in model answers without any option', async () => {
  const { code, stdout, stderr } = await redpill(['chat', 'What is RedPill?'], options)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /gateway/)
})

test('a question is read from a pipe, alone or in the middle of words', async () => {
  const piped = await redpill(['chat', '-m', 'local/echo'], { ...options, stdin: 'from the pipe\n' })
  assert.equal(piped.stdout, 'from the pipe\n', piped.stderr)
  const joined = await redpill(['chat', '-m', 'local/echo', 'say', '-', 'twice'], { ...options, stdin: 'it' })
  assert.equal(joined.stdout, 'say it twice\n', joined.stderr)
  const nothing = await redpill(['chat'], { ...options, stdin: ' \n' })
  assert.deepEqual([nothing.code, nothing.stdout], [2, ''])
})

test('the options reach the model', async () => {
  const flags = ['--system', 'be brief', '--max-tokens', '7', '--temperature', '0.5']
  const { code, stderr } = await redpill(['chat', '-m', 'mock/normal', ...flags, 'hi'], options)
  assert.equal(code, 0, stderr)
  const { body } = upstream.requests.at(-1)!
  assert.deepEqual(body['messages'], [
    { role: 'system', content: 'be brief' },
    { role: 'user', content: 'hi' },
  ])
  assert.deepEqual([body['max_tokens'], body['temperature']], [7, 0.5])
})

test('--json gives a program the whole answer with its generation id', async () => {
  const { code, stdout, stderr } = await redpill(['chat', '-m', 'local/echo', '--json', 'hi'], options)
  assert.equal(code, 0, stderr)
  const answer = JSON.parse(stdout) as { generation_id: string; usage: { cost_credits: string }; choices: object[] }
  assert.equal((await receipt(answer.generation_id)).credits, answer.usage.cost_credits)
  assert.equal(answer.choices.length, 1)
})

test('Ctrl-C stops the answer, keeps what came, tells what it cost and ends with 130', { timeout }, async (t) => {
  const running = startRedpill(t, ['chat', '-m', 'mock/slow-trickle', 'tell me all'], options)
  running.child.stdin.end()
  await running.printed('word3')
  running.child.kill('SIGINT')
  const { code, stdout, stderr } = await running.ended
  assert.equal(code, 130, stderr)
  assert.doesNotMatch(stdout, /word199/)
  const { credits, state, tokens_completion: tokens } = await receipt(generationIn(stderr))
  assert.equal(state, 'aborted')
  assert.ok(tokens > 0)
  assert.ok(stderr.includes(`stopped · ${credits} credits`), stderr)
})

test('an answer whose end never came is a failure, not an answer', async () => {
  const { code, stdout, stderr } = await redpill(['chat', '-m', 'mock/reset-mid', 'go'], options)
  assert.equal(code, 1)
  assert.notEqual(stdout, '')
  assert.match(stderr, /^redpill: .*\(upstream_error, request [0-9a-f-]{36}\)\n$/)
})

test('errors come as message, code and request id; as JSON for programs', async () => {
  const plain = await redpill(['chat', '-m', 'no/such', 'hi'], options)
  assert.equal(plain.code, 1)
  assert.match(plain.stderr, /^redpill: The model 'no\/such' .*\(model_not_found, request [0-9a-f-]{36}\)\n$/)
  const json = await redpill(['chat', '-m', 'no/such', '--json', 'hi'], options)
  const { error } = JSON.parse(json.stderr) as { error: { code: string; request_id: string } }
  assert.equal(error.code, 'model_not_found')
  assert.match(error.request_id, /^[0-9a-f-]{36}$/)
})

test(
  'a conversation remembers what was said; Ctrl-C stops an answer, Ctrl-D ends',
  { skip: noTerminal, timeout },
  async (t) => {
    const talk = startOnTerminal(t, 'chat -m mock/normal', options)
    await talk.printed('> ')
    talk.child.stdin.write('my name is Neo\r')
    await talk.printed('gen-')
    upstream.enqueue('stall-mid')
    talk.child.stdin.write('tell me more\r')
    await talk.printed('Hello', 2)
    talk.child.stdin.write('\u0003')
    await talk.printed('stopped · ')
    await upstream.waitFor('cancelled')
    talk.child.stdin.write('who am I\r')
    await talk.printed('gen-', 3)
    talk.child.stdin.write('\u0004')
    const { code, stdout } = await talk.ended
    assert.equal(code, 0, stdout)
    const asked = (upstream.requests.at(-1)?.body['messages'] ?? []) as { role: string; content: string }[]
    assert.deepEqual(
      asked.map(({ role }) => role),
      ['user', 'assistant', 'user', 'assistant', 'user'],
    )
    assert.deepEqual([asked[0]?.content, asked[4]?.content], ['my name is Neo', 'who am I'])
  },
)
