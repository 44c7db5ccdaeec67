/** Anthropic's own client, on the Messages API. */
import Anthropic from '@anthropic-ai/sdk'
import type { JsonObject } from '../../src/core/json.ts'
import { png, prompt, schema, toolNames, toolSchema, type Driver, type Seat } from './things.ts'

const clientOf = ({ url, key }: Seat, maxRetries = 0) =>
  new Anthropic({ apiKey: key, baseURL: url, maxRetries, timeout: 60_000 })

const textOf = ({ content }: Anthropic.Message): string =>
  content.map((block) => (block.type === 'text' ? block.text : '')).join('')

export const anthropic: Driver = {
  name: '@anthropic-ai/sdk',
  open(seat) {
    const { messages } = clientOf(seat)
    const question: Anthropic.MessageParam[] = [{ role: 'user', content: prompt }]
    const usual = { model: seat.model, max_tokens: 1_000 }
    const tools = toolNames.map((name) => ({ name, input_schema: toolSchema }))
    return {
      ask: async () => textOf(await messages.create({ ...usual, messages: question })),
      async *words(signal) {
        const stream = await messages.create({ ...usual, messages: question, stream: true }, { signal })
        for await (const event of stream)
          if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text
      },
      async loop(run, { stream }) {
        const turns = [...question]
        for (;;) {
          const asked = { ...usual, messages: turns, tools }
          const answer = await (stream ? messages.stream(asked).finalMessage() : messages.create(asked))
          const calls = answer.content.filter((block) => block.type === 'tool_use')
          if (calls.length === 0) return textOf(answer)
          const content = calls.map(({ id, name, input }) => ({
            ...{ type: 'tool_result' as const, tool_use_id: id },
            content: run({ name, args: input as JsonObject }),
          }))
          turns.push({ role: 'assistant', content: answer.content }, { role: 'user', content })
        }
      },
      async shape() {
        const config = { format: { type: 'json_schema' as const, schema } }
        return JSON.parse(
          textOf(await messages.create({ ...usual, messages: question, output_config: config })),
        ) as unknown
      },
      async see() {
        const source = { type: 'base64' as const, media_type: 'image/png' as const, data: png }
        const content: Anthropic.ContentBlockParam[] = [
          { type: 'text', text: 'What is it?' },
          { type: 'image', source },
        ]
        return textOf(await messages.create({ ...usual, messages: [{ role: 'user', content }] }))
      },
      insist: async () => textOf(await clientOf(seat, 2).messages.create({ ...usual, messages: question })),
    }
  },
}
