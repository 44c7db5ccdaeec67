/** OpenAI's own client, on chat completions, on completions of text and on the Responses API. */
import OpenAI from 'openai'
import { argumentsOf, pngUrl, prompt, schema, toolNames, toolSchema, type Driver, type Seat } from './things.ts'

const clientOf = ({ url, key }: Seat, maxRetries = 0) =>
  new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries, timeout: 60_000 })

export const openaiChat: Driver = {
  name: 'openai (chat)',
  open(seat) {
    const { completions } = clientOf(seat).chat
    const { model } = seat
    const question: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: prompt }]
    const tools = toolNames.map((name) => ({ type: 'function' as const, function: { name, parameters: toolSchema } }))
    const textOf = ({ choices }: OpenAI.ChatCompletion) => choices[0]?.message.content ?? ''
    return {
      ask: async () => textOf(await completions.create({ model, messages: question })),
      async *words(signal) {
        const stream = await completions.create({ model, messages: question, stream: true }, { signal })
        for await (const { choices } of stream) yield choices[0]?.delta.content ?? ''
      },
      async loop(run, { stream }) {
        const messages = [...question]
        for (;;) {
          const asked = { model, messages, tools }
          const answer = await (stream ? completions.stream(asked).finalChatCompletion() : completions.create(asked))
          const { message } = answer.choices[0]!
          const calls = (message.tool_calls ?? []).filter((call) => call.type === 'function')
          if (calls.length === 0) return message.content ?? ''
          messages.push(message)
          for (const { id, function: called } of calls) {
            const content = run({ name: called.name, args: argumentsOf(called.arguments) })
            messages.push({ role: 'tool', tool_call_id: id, content })
          }
        }
      },
      async shape() {
        const format = { type: 'json_schema' as const, json_schema: { name: 'place', strict: true, schema } }
        return JSON.parse(
          textOf(await completions.create({ model, messages: question, response_format: format })),
        ) as unknown
      },
      async see() {
        const content: OpenAI.ChatCompletionContentPart[] = [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: pngUrl } },
        ]
        return textOf(await completions.create({ model, messages: [{ role: 'user', content }] }))
      },
      insist: async () => textOf(await clientOf(seat, 2).chat.completions.create({ model, messages: question })),
    }
  },
}

const noPlace = 'completions of text have no place for it'
const nothingOfTheKind = () => Promise.reject(new Error(noPlace))

export const openaiCompletions: Driver = {
  name: 'openai (completions)',
  lacks: { tools: noPlace, 'parallel tools': noPlace, json_schema: noPlace, vision: noPlace },
  without: { completions: false },
  open(seat) {
    const { completions } = clientOf(seat)
    const asked = { model: seat.model, prompt, max_tokens: 100 }
    return {
      ask: async () => (await completions.create(asked)).choices[0]!.text,
      async *words(signal) {
        const stream = await completions.create({ ...asked, stream: true }, { signal })
        for await (const { choices } of stream) yield choices[0]?.text ?? ''
      },
      insist: async () => (await clientOf(seat, 2).completions.create(asked)).choices[0]!.text,
      ...{ loop: nothingOfTheKind, shape: nothingOfTheKind, see: nothingOfTheKind },
    }
  },
}

export const openaiResponses: Driver = {
  name: 'openai (Responses)',
  open(seat) {
    const { responses } = clientOf(seat)
    const { model } = seat
    const tools = toolNames.map((name) => ({
      ...{ type: 'function' as const, name, parameters: toolSchema },
      strict: false,
    }))
    return {
      ask: async () => (await responses.create({ model, input: prompt })).output_text,
      async *words(signal) {
        for await (const event of await responses.create({ model, input: prompt, stream: true }, { signal }))
          if (event.type === 'response.output_text.delta') yield event.delta
      },
      async loop(run, { stream }) {
        const input: OpenAI.Responses.ResponseInput = [{ role: 'user', content: prompt }]
        for (;;) {
          const include: OpenAI.Responses.ResponseIncludable[] = ['reasoning.encrypted_content']
          const asked = { model, input, tools, store: false, include }
          const answer = await (stream ? responses.stream(asked).finalResponse() : responses.create(asked))
          const calls = answer.output.flatMap((item) => (item.type === 'function_call' ? [item] : []))
          if (calls.length === 0) return answer.output_text
          input.push(...(answer.output as OpenAI.Responses.ResponseInput))
          for (const { call_id: id, name, arguments: args } of calls) {
            const output = run({ name, args: argumentsOf(args) })
            input.push({ type: 'function_call_output', call_id: id, output })
          }
        }
      },
      async shape() {
        const text = { format: { type: 'json_schema' as const, name: 'place', strict: true, schema } }
        return JSON.parse((await responses.create({ model, input: prompt, text })).output_text) as unknown
      },
      async see() {
        const content: OpenAI.Responses.ResponseInputMessageContentList = [
          { type: 'input_text', text: 'What is it?' },
          { type: 'input_image', image_url: pngUrl, detail: 'auto' },
        ]
        return (await responses.create({ model, input: [{ role: 'user', content }] })).output_text
      },
      insist: async () => (await clientOf(seat, 2).responses.create({ model, input: prompt })).output_text,
    }
  },
}
