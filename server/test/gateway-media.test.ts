import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import { creditsFor } from './support/expected-cost.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

/** A provider that fetches what it is told to, and bills what it found. */
const prices = { input: '1', output: '1', audio_input: '1' }
const promptTokens = 150_000
const timeout = 60_000

const stage = await openStage({ after })
const mock = await startMockUpstream({ after }, { promptTokens })
const providerId = await stage.addUpstream(mock)
await stage.addModel({ id: 'reads', prices, contextLength: 200_000, offers: [{ providerId, upstreamModel: 'normal' }] })
await stage.addModel({ id: 'unknown', prices, offers: [{ providerId, upstreamModel: 'normal' }] })

const url = 'https://example.com/big'
const data = Buffer.from('%PDF-1.7').toString('base64')
const chat = (part: object, model = 'reads') => ({
  path: '/v1/chat/completions',
  body: { model, max_tokens: 5, messages: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }, part] }] },
})
const messages = (part: object) => ({
  path: '/v1/messages',
  body: { model: 'reads', max_tokens: 5, messages: [{ role: 'user', content: [part] }] },
})
const responses = (part: object) => ({
  path: '/v1/responses',
  body: { model: 'reads', max_output_tokens: 5, input: [{ role: 'user', content: [part] }] },
})

const calls: Readonly<Record<string, { readonly path: string; readonly body: object }>> = {
  'a file by URL': chat({ type: 'file', file: { file_data: url } }),
  'a small PDF': chat({ type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${data}` } }),
  'a file by URL at a model of unknown context': chat({ type: 'file', file: { file_data: url } }, 'unknown'),
  'a video by URL': chat({ type: 'video_url', video_url: { url } }),
  'a video in the place of an image': chat({ type: 'image_url', image_url: { url: `data:video/mp4;base64,${data}` } }),
  'audio by URL': chat({ type: 'input_audio', input_audio: { data: url, format: 'wav' } }),
  'audio in a format that packs silence': chat({ type: 'input_audio', input_audio: { data, format: 'flac' } }),
  'a document by URL, as Mistral has it': chat({ type: 'document_url', document_url: url }),
  "a document in Anthropic's form": chat({ type: 'document', source: { type: 'url', url } }),
  'a part that nobody knows': chat({ type: 'hologram', hologram: url }),
  'a part that nobody knows, in what a tool gave back': chat({
    type: 'tool_result',
    content: [{ type: 'hologram', hologram: url }],
  }),
  'a spoken answer that is given back by its id': {
    path: '/v1/chat/completions',
    body: { model: 'reads', max_tokens: 5, messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] },
  },
  'Messages, a document by URL': messages({ type: 'document', source: { type: 'url', url } }),
  'Messages, a small PDF': messages({
    type: 'document',
    source: { type: 'base64', media_type: 'application/pdf', data },
  }),
  'Responses, a file by URL': responses({ type: 'input_file', file_url: url }),
}

for (const [what, { path, body }] of Object.entries(calls)) {
  test(`${what} is not sent on credits that cannot pay for all that a model reads`, { timeout }, async () => {
    const before = mock.requests.length
    const poor = await stage.addCustomer('400')
    const refused = await poor.ask(path, body)
    equal(refused.status, 402, refused.text)
    match(String(at(refused.json, 'error.message')), /unknown length/)
    equal(mock.requests.length, before)

    const rich = await stage.addCustomer('3000000')
    const answer = await rich.ask(path, body)
    equal(answer.status, 200, answer.text)
    const receipt = await rich.receipt(answer)
    deepEqual(
      [receipt['credits'], receipt['shortfall_credits']],
      [creditsFor({ input: promptTokens, output: 5 }, prices), '0'],
    )
  })
}

test('a picture costs what pictures cost, wherever it comes from', { timeout }, async () => {
  mock.enqueue({ answer: { promptTokens: 900 } })
  const customer = await stage.addCustomer('10000')
  const { path, body } = chat({ type: 'image_url', image_url: { url: 'https://example.com/a.png' } })
  const answer = await customer.ask(path, body)
  equal(answer.status, 200, answer.text)
})

test('a stream with a file that ends without usage is charged by what is known of the file', { timeout }, async () => {
  const customer = await stage.addCustomer('3000000')
  const charged = async (file: object): Promise<number> => {
    mock.enqueue('no-usage')
    const { path, body } = chat({ type: 'file', file })
    const answer = await customer.ask(path, { ...body, stream: true })
    return Number(at(await customer.receipt(answer), 'units.input'))
  }
  // What the provider fetched is known to nobody but it; what was sent is about so many tokens.
  ok((await charged({ file_data: url })) >= 200_000)
  const sent = await charged({ file_data: `data:application/pdf;base64,${Buffer.alloc(4_000).toString('base64')}` })
  ok(sent > 1_000 && sent < 1_500, `${sent} tokens`)
})

test('whatever was read, nothing fell short', async () => {
  await stage.reconcile()
  ok(!stage.server().output().includes('shortfall'))
})
