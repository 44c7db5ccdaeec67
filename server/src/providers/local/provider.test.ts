import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { parseUsdPerMillion } from '../../core/money.ts'
import { localModels } from './index.ts'
import { limits } from './models.ts'
import { readTokenizer } from './nano/tokenizer.ts'
import { ask, openProvider, user } from './test/ask.ts'

const provider = openProvider()
after(() => provider.close())

const hasThread = () => process.getActiveResourcesInfo().includes('MessagePort')

test('opening the built-in models starts no thread; calls do, and let the process end when they are over', async () => {
  const fresh = openProvider()
  assert(!hasThread())
  const answer = ask(fresh, 'chat', { model: 'nano', ...user('Hi') })
  assert(hasThread())
  await answer
  assert(!hasThread(), 'an idle thread does not keep the process alive')
  await fresh.close()
})

test('every built-in model answers what its row says, has a price above zero, and no other name is served', async () => {
  for (const { id, upstreamModel, outputModalities, usdPerMillion } of localModels) {
    assert.equal(id, `local/${upstreamModel}`)
    for (const price of Object.values(usdPerMillion)) assert((parseUsdPerMillion(price) ?? 0n) > 0n)
    const writes = outputModalities.includes('text')
    const [chat, embeddings] = await Promise.all([
      ask(provider, 'chat', { model: upstreamModel, ...user('Hi') }),
      ask(provider, 'embeddings', { model: upstreamModel, input: 'Hi' }),
    ])
    assert.deepEqual([chat.status, embeddings.status], writes ? [200, 400] : [400, 200])
  }
  assert.equal((await ask(provider, 'chat', { model: 'local/nano', ...user('Hi') })).status, 404)
})

test('calls whose thread ends under them are told so, and the next calls are answered by a new one', async () => {
  const fresh = openProvider()
  const calls = () => [
    ask(fresh, 'chat', { model: 'nano', ...user('Hi') }, { stream: true }),
    ask(fresh, 'embeddings', { model: 'use-lite', input: 'Hi' }),
  ]
  const interrupted = calls()
  await fresh.close()
  for (const answer of await Promise.all(interrupted)) assert.equal(answer.fault?.kind, 'reset')
  for (const answer of await Promise.all(calls())) assert.deepEqual([answer.status, answer.fault], [200, undefined])
  await fresh.close()
})

test('the limits of nano are those of its file', () => {
  const { contextTokens, messageTokensMax } = readTokenizer().shape
  assert.equal(limits.nano.contextTokens, contextTokens)
  assert.equal(limits.nano.messageTokensMax, messageTokensMax)
  assert(messageTokensMax + 3 + limits.nano.outputTokensMax <= contextTokens)
})
