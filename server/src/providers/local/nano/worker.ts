import { serveQuestions } from '../../worker-port.ts'
import { type Nano, type NanoReply, type NanoTalk, speak } from './speak.ts'
import { readTokenizer } from './tokenizer.ts'
import { openTransformer } from './transformer.ts'
import { readWeights } from './weights.ts'

/** Prompts that are computed by turns, token by token; more wait. Each holds at most 1 MB for each of its choices. */
const runningMax = 32

const tokenizer = readTokenizer()
const nano: Nano = {
  tokenizer,
  transformer: openTransformer(readWeights(tokenizer.manifest, tokenizer.shape), tokenizer.shape),
}

const running: Generator<void>[] = []
const waiting: Generator<void>[] = []
let isTurning = false

/** One token of the prompt whose turn it is; between two turns, messages are heard. */
function turn(): void {
  while (running.length < runningMax && waiting.length > 0) running.push(waiting.shift()!)
  const next = running.shift()
  if (next && next.next().done !== true) running.push(next)
  isTurning = running.length + waiting.length > 0
  if (isTurning) setImmediate(turn)
}

serveQuestions<NanoTalk>((ask, { reply, last }) => {
  let unfinished = ask.prompts.length * ask.choices
  const say = (said: NanoReply) => {
    if (said.finish && --unfinished === 0) last(said)
    else if (said.finish || said.text !== '') reply(said)
  }
  const tasks = ask.prompts.map((_, at) => speak(nano, ask, at, say))
  waiting.push(...tasks)
  if (!isTurning) {
    isTurning = true
    setImmediate(turn)
  }
  // A generator that was told to return is done at its next turn.
  return () => tasks.forEach((task) => task.return(undefined))
})
