/** Vercel's AI SDK with each of its providers that speaks an API of ours. */
import { createAnthropic } from '@ai-sdk/anthropic'
import { createOpenAI } from '@ai-sdk/openai'
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { generateText, isStepCount, jsonSchema, Output, streamText, tool, type LanguageModel } from 'ai'
import { png, prompt, schema, toolNames, toolSchema, type Driver, type RunTool, type Seat } from './things.ts'

globalThis.AI_SDK_LOG_WARNINGS = false

const settings = ({ url, key }: Seat) => ({ apiKey: key, baseURL: `${url}/v1` })
const stepsMax = 5

const toolsWith = (run: RunTool) =>
  Object.fromEntries(
    toolNames.map((name) => [
      name,
      tool({
        inputSchema: jsonSchema<{ city?: string }>(toolSchema),
        execute: (args) => Promise.resolve(run({ name, args })),
      }),
    ]),
  )

const driver = (
  name: string,
  modelOf: (seat: Seat) => LanguageModel,
  more: Omit<Driver, 'name' | 'open'> = {},
): Driver => ({
  name,
  ...more,
  open(seat) {
    const model = modelOf(seat)
    const providerOptions = { openai: { store: false, include: ['reasoning.encrypted_content'] } }
    const usual = { model, maxRetries: 0, providerOptions }
    return {
      ask: async () => (await generateText({ ...usual, prompt })).text,
      words: (abortSignal) => streamText({ ...usual, prompt, abortSignal, onError: () => {} }).textStream,
      async loop(run, { stream }) {
        const asked = { ...usual, prompt, tools: toolsWith(run), stopWhen: isStepCount(stepsMax) }
        return stream ? streamText({ ...asked, onError: () => {} }).text : (await generateText(asked)).text
      },
      async shape() {
        const output = Output.object({ schema: jsonSchema<{ capital_city: string }>(schema) })
        return (await generateText({ ...usual, prompt, output })).output
      },
      async see() {
        const content = [
          { type: 'text' as const, text: 'What is it?' },
          { type: 'file' as const, mediaType: 'image/png', data: Buffer.from(png, 'base64') },
        ]
        return (await generateText({ ...usual, messages: [{ role: 'user', content }] })).text
      },
      insist: async () => (await generateText({ ...usual, maxRetries: 2, prompt })).text,
    }
  },
})

export const aiSdk: readonly Driver[] = [
  driver('ai with @ai-sdk/openai (Responses)', (seat) => createOpenAI(settings(seat))(seat.model)),
  driver('ai with @ai-sdk/openai (chat)', (seat) => createOpenAI(settings(seat)).chat(seat.model)),
  driver('ai with @ai-sdk/openai-compatible', (seat) =>
    createOpenAICompatible({ name: 'redpill', supportsStructuredOutputs: true, ...settings(seat) })(seat.model),
  ),
  // For models that it does not know, it asks for a call of a tool in place of an answer by a schema.
  driver('ai with @ai-sdk/anthropic', (seat) => createAnthropic(settings(seat))(seat.model), { schemaTool: 'json' }),
]
