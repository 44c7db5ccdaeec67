import { equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { concealer, withoutKey } from './conceal.ts'
import type { AnswerSink, Provider } from './types.ts'

test('a key is taken out of whatever text it stands in, and all else stays', () => {
  const key = fc.string({
    unit: fc.constantFrom('a', 'b', 'X', 'Z', '0', '9', '-', '_', '.', '/', '+', '='),
    minLength: 16,
    maxLength: 60,
  })
  fc.assert(
    fc.property(key, fc.string(), fc.string(), (secret, before, after) => {
      const shown = concealer(secret)(`${before}${secret}${after}`)
      ok(!shown.includes(secret))
      ok(shown.includes('[key]'))
    }),
  )
  equal(concealer('sk-1234567890abcdef')('nothing of it'), 'nothing of it')
  equal(concealer(undefined)('sk-1234567890abcdef'), 'sk-1234567890abcdef')
})

test('of a key with several parts each long one is taken out, and words stay', () => {
  const account = JSON.stringify({
    type: 'service_account',
    private_key: 'line-one-of-a-key\nline-two-of-a-key',
    id: 'abc',
  })
  equal(concealer(account)('service: line-one-of-a-key, line-two-of-a-key and abc'), 'service: [key], [key] and abc')
})

/** A provider that answers at once with these pieces. */
const answering = (status: number, pieces: readonly string[]): Provider => ({
  name: 'x',
  send(_call, sink) {
    queueMicrotask(() => {
      sink.onHead({ status, headers: {} })
      for (const piece of pieces) sink.onBytes(Buffer.from(piece))
      sink.onEnd()
    })
    return { resume() {}, cancel() {} }
  },
  close: () => Promise.resolve(),
})

const said = (provider: Provider): Promise<string> =>
  new Promise((resolve) => {
    let text = ''
    const sink: AnswerSink = {
      onHead() {},
      onBytes(bytes) {
        text += bytes.toString()
        return true
      },
      onEnd: () => resolve(text),
      onFault: ({ message }) => resolve(message),
    }
    provider.send({ endpoint: 'chat', body: {}, stream: false, connectTimeoutMs: 1 }, sink)
  })

test('a refusal does not repeat the key, wherever it was cut on its way; an answer is handed on as it comes', async () => {
  const key = 'sk-1234567890abcdef'
  const text = `{"error":{"message":"wrong key: ${key}"}}`
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(400, 401, 422, 500),
      fc.integer({ min: 1, max: text.length - 1 }),
      async (status, cut) => {
        const pieces = [text.slice(0, cut), text.slice(cut)]
        equal(await said(withoutKey(answering(status, pieces), key)), text.replace(key, '[key]'))
      },
    ),
  )
  equal(await said(withoutKey(answering(200, [text]), key)), text)
})
