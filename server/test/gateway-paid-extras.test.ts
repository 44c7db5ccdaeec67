import { deepEqual, equal, ok } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const prices = { input: '1', output: '1' }
const timeout = 60_000

const stage = await openStage({ after })
const mock = await startMockUpstream({ after })
const dialects = ['openrouter', 'openai', 'openai-responses', 'xai', 'perplexity', 'mistral', 'compatible']
for (const dialect of dialects) {
  const providerId = await stage.addUpstream(mock, { name: dialect, dialect })
  await stage.addModel({ id: dialect, prices, offers: [{ providerId, upstreamModel: 'normal' }] })
}

for (const dialect of dialects)
  test(
    `${dialect}: what is paid apart and has no price is asked of nobody, and the caller told`,
    { timeout },
    async () => {
      const customer = await stage.addCustomer('1000000')
      const before = mock.requests.length
      for (const [field, asked] of Object.entries({
        web_search_options: { web_search_options: { search_context_size: 'high' } },
        ...Object.fromEntries(
          ['web_search', 'file_search', 'code_interpreter', 'computer_use_preview', 'mcp', 'image_generation'].map(
            (type) => [type, { tools: [{ type }] }],
          ),
        ),
        ...(dialect !== 'openai-responses' && { plugins: { plugins: [{ id: 'web' }] } }),
        ...(dialect !== 'openai-responses' && { search_parameters: { search_parameters: { mode: 'on' } } }),
      })) {
        const answer = await customer.chat({ model: dialect, max_tokens: 5, ...asked })
        deepEqual([answer.status, at(answer.json, 'error.code')], [400, 'invalid_request'], answer.text)
        const message = String(at(answer.json, 'error.message'))
        ok(message.includes(field) && message.includes('paid apart'), message)
      }
      equal(mock.requests.length, before)
      equal((await customer.balance()).spent, '0')
    },
  )
