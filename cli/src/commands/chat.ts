import { text as readAll } from 'node:stream/consumers'
import type { Command } from 'commander'
import {
  type Answered,
  costLine,
  type Message,
  type Question,
  receiptOf,
  streamAnswer,
  usageOf,
} from '../chat/answer.ts'
import { converse } from '../chat/conversation.ts'
import type { Client } from '../client.ts'
import { exitCodes, Failure, wrongUsage } from '../failure.ts'
import { readCount, readTemperature } from '../options.ts'
import type { AddCommand, Session } from '../session.ts'

type Options = {
  readonly model: string
  readonly system?: string
  readonly maxTokens?: number
  readonly temperature?: number
}

export const addChat: AddCommand = (program, open) => {
  program
    .command('chat')
    .description('ask a model; without a text on a terminal, talk with it')
    .argument('[text...]', 'what to ask; - stands for standard input, which is also read when it is piped')
    .option('-m, --model <id>', 'which model', 'local/nano')
    .option('--system <text>', 'what the model is told beforehand')
    .option('--max-tokens <count>', 'the most that it may answer', readCount)
    .option('--temperature <number>', 'from 0 (always alike) to 2', readTemperature)
    .action(async (words: readonly string[], options: Options, command: Command) => {
      const session = await open(command)
      const client = session.client('inference')
      if (words.length === 0 && session.terminal.canAsk && !session.json) await talk(session, client, options)
      else await ask(session, client, question(options, await promptOf(words, session)))
    })
}

async function promptOf(words: readonly string[], { outside }: Session): Promise<string> {
  const given = words.length === 0 ? ['-'] : words
  const piped = given.includes('-') ? (await readAll(outside.stdin)).replace(/\r?\n$/, '') : ''
  const prompt = given.map((word) => (word === '-' ? piped : word)).join(' ')
  if (prompt.trim() === '') throw wrongUsage('There is nothing to ask.')
  return prompt
}

const systemOf = ({ system }: Options): Message | undefined =>
  system === undefined ? undefined : { role: 'system', content: system }

function question(options: Options, prompt: string): Question {
  const system = systemOf(options)
  return withOptions(options, [...(system ? [system] : []), { role: 'user', content: prompt }])
}

const withOptions = ({ model, maxTokens, temperature }: Options, messages: readonly Message[]): Question => ({
  model,
  messages,
  ...(maxTokens !== undefined && { max_tokens: maxTokens }),
  ...(temperature !== undefined && { temperature }),
})

async function ask(session: Session, client: Client, asked: Question): Promise<void> {
  const { outside, terminal } = session
  if (session.json) {
    await askForJson(session, client, asked)
    return
  }
  const stopping = new AbortController()
  const unlisten = outside.onInterrupt(() => stopping.abort())
  let answered: Answered
  try {
    answered = await streamAnswer(client, asked, { clock: outside.clock, terminal, signal: stopping.signal })
  } finally {
    unlisten()
  }
  if (!answered.stopped) terminal.write('\n')
  await noteCost(session, client, answered)
  if (answered.stopped) throw new Failure('The answer was stopped.', exitCodes.interrupted)
}

/** The API's own answer, with what its headers told. */
async function askForJson({ terminal }: Session, client: Client, asked: Question): Promise<void> {
  const { body, headers } = await client.post<object>('/v1/chat/completions', { body: asked })
  const ids = { generation_id: headers.get('x-generation-id'), request_id: headers.get('x-request-id') }
  terminal.print(JSON.stringify({ ...ids, ...body }, null, 2))
}

async function noteCost({ terminal }: Session, client: Client, answered: Answered): Promise<void> {
  const { generationId, stopped } = answered
  const receipt = stopped && generationId !== '' ? await receiptOf(client, generationId) : undefined
  const line = costLine(receipt ? { ...answered, usage: usageOf(receipt) } : answered)
  terminal.note(terminal.noteStyle('dim', stopped ? `stopped · ${line}` : line))
}

async function talk(session: Session, client: Client, options: Options): Promise<void> {
  const { outside, terminal } = session
  terminal.note(terminal.noteStyle('dim', `${options.model}. Ctrl-C stops an answer, Ctrl-D ends.`))
  await converse(outside, {
    system: systemOf(options),
    note: (line) => terminal.note(terminal.noteStyle('red', line)),
    async answer(messages, signal) {
      const answered = await streamAnswer(client, withOptions(options, messages), {
        ...{ clock: outside.clock, terminal, signal },
      })
      if (!answered.stopped) terminal.write('\n')
      await noteCost(session, client, answered)
      return answered.text
    },
  })
  terminal.write('\n')
}
