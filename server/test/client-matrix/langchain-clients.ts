/** LangChain's ChatOpenAI, on chat completions and on the Responses API. */
import {
  HumanMessage,
  ToolMessage,
  type AIMessage,
  type AIMessageChunk,
  type BaseMessage,
} from '@langchain/core/messages'
import { ChatOpenAI } from '@langchain/openai'
import type { JsonObject } from '../../src/core/json.ts'
import { pngUrl, prompt, schema, toolNames, toolSchema, type Driver, type Seat } from './things.ts'

const driver = (name: string, useResponsesApi: boolean): Driver => ({
  name,
  open(seat) {
    const model = modelOf(seat, useResponsesApi)
    const tools = toolNames.map((called) => ({
      type: 'function' as const,
      function: { name: called, parameters: toolSchema },
    }))
    return {
      ask: async () => (await model.invoke(prompt)).text,
      async *words(signal) {
        for await (const { text } of await model.stream(prompt, { signal })) yield text
      },
      async loop(run, { stream }) {
        const bound = model.bindTools(tools)
        const messages: BaseMessage[] = [new HumanMessage(prompt)]
        for (;;) {
          const answer: AIMessage = stream ? await merged(await bound.stream(messages)) : await bound.invoke(messages)
          const calls = answer.tool_calls ?? []
          if (calls.length === 0) return answer.text
          messages.push(answer)
          for (const { id, name: called, args } of calls) {
            const content = run({ name: called, args: args as JsonObject })
            messages.push(new ToolMessage({ tool_call_id: id!, content }))
          }
        }
      },
      shape: () =>
        model.withStructuredOutput(schema, { name: 'place', method: 'jsonSchema', strict: true }).invoke(prompt),
      async see() {
        const content = [
          { type: 'text', text: 'What is it?' },
          { type: 'image_url', image_url: { url: pngUrl } },
        ]
        return (await model.invoke([new HumanMessage({ content })])).text
      },
      insist: async () => (await modelOf(seat, useResponsesApi, 2).invoke(prompt)).text,
    }
  },
})

const modelOf = ({ url, key, model }: Seat, useResponsesApi: boolean, maxRetries = 0) =>
  new ChatOpenAI({ model, apiKey: key, maxRetries, useResponsesApi, configuration: { baseURL: `${url}/v1` } })

/** The message that the pieces of a stream make up. */
async function merged(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  const [first, ...rest] = await Array.fromAsync(stream)
  return rest.reduce((message, piece) => message.concat(piece), first!)
}

export const langchain: readonly Driver[] = [
  driver('@langchain/openai (chat)', false),
  driver('@langchain/openai (Responses)', true),
]
