/** OpenRouter's own client, on chat completions. */
import { OpenRouter } from '@openrouter/sdk'
import { at } from '../support/ask.ts'
import { argumentsOf, pngUrl, prompt, schema, toolNames, toolSchema, type Driver } from './things.ts'

type ChatRequest = Parameters<OpenRouter['chat']['send']>[0]['chatRequest']
type Message = ChatRequest['messages'][number]
type Said = { readonly content?: string | null; readonly toolCalls?: readonly Called[] | null }
type Called = { readonly id: string; readonly type: 'function'; readonly function: { name: string; arguments: string } }

/** The client's types leave open whether an answer is a stream. */
const messageOf = (answer: object): Said => at(answer, 'choices.0.message') as Said
const textOf = (answer: object): string => messageOf(answer).content ?? ''

export const openrouter: Driver = {
  name: '@openrouter/sdk',
  open({ url, key, model }) {
    const client = new OpenRouter({ apiKey: key, serverURL: `${url}/api/v1`, retryConfig: { strategy: 'none' } })
    const question: Message[] = [{ role: 'user', content: prompt }]
    const tools = toolNames.map((name) => ({ type: 'function' as const, function: { name, parameters: toolSchema } }))
    const send = (more: Partial<ChatRequest>, options?: Parameters<OpenRouter['chat']['send']>[1]) =>
      client.chat.send({ chatRequest: { model, messages: question, stream: false, ...more } }, options)
    return {
      ask: async () => textOf(await send({})),
      async *words(signal) {
        for await (const chunk of (await send({ stream: true }, { signal })) as AsyncIterable<object>)
          yield (at(chunk, 'choices.0.delta.content') as string | null | undefined) ?? ''
      },
      async loop(run, { stream }) {
        const messages = [...question]
        for (;;) {
          const answer = await send({ messages, tools, stream })
          const said = stream ? await merged(answer as AsyncIterable<object>) : messageOf(answer)
          const calls = said.toolCalls ?? []
          if (calls.length === 0) return said.content ?? ''
          messages.push({ ...said, role: 'assistant' } as Message)
          for (const { id, function: called } of calls) {
            const content = run({ name: called.name, args: argumentsOf(called.arguments) })
            messages.push({ role: 'tool', toolCallId: id, content })
          }
        }
      },
      async shape() {
        const responseFormat = {
          type: 'json_schema' as const,
          jsonSchema: { name: 'place', strict: true, schema },
        }
        return JSON.parse(textOf(await send({ responseFormat }))) as unknown
      },
      async see() {
        const content = [
          { type: 'text' as const, text: 'What is it?' },
          { type: 'image_url' as const, imageUrl: { url: pngUrl } },
        ]
        return textOf(await send({ messages: [{ role: 'user', content }] }))
      },
      async insist() {
        const backoff = { initialInterval: 50, maxInterval: 500, exponent: 1.5, maxElapsedTime: 20_000 }
        return textOf(await send({}, { retries: { strategy: 'backoff', backoff, retryConnectionErrors: true } }))
      },
    }
  },
}

/** The message that the chunks of a stream make up. */
async function merged(stream: AsyncIterable<object>): Promise<Said> {
  let content = ''
  const calls: Called[] = []
  for await (const chunk of stream) {
    const delta = at(chunk, 'choices.0.delta') as
      | { content?: string | null; toolCalls?: readonly (Partial<Called> & { index: number })[] | null }
      | undefined
    content += delta?.content ?? ''
    for (const { index, id, function: piece } of delta?.toolCalls ?? []) {
      const call = (calls[index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } })
      calls[index] = {
        ...call,
        id: id ?? call.id,
        function: {
          name: piece?.name ?? call.function.name,
          arguments: call.function.arguments + (piece?.arguments ?? ''),
        },
      }
    }
  }
  return { content, ...(calls.length > 0 && { toolCalls: calls }) }
}
