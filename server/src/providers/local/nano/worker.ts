import { serveQuestions } from '../../worker/port.ts'
import { openTurns } from '../../worker/turns.ts'
import { type Nano, type NanoReply, type NanoTalk, speak } from './speak.ts'
import { readTokenizer } from './tokenizer.ts'
import { openTransformer } from './transformer.ts'
import { readWeights } from './weights.ts'

/** Prompts that are computed by turns, token by token; more wait. Each holds at most 1 MB for each of its 16 choices. */
const runningMax = 8

const tokenizer = readTokenizer()
const nano: Nano = {
  tokenizer,
  transformer: openTransformer(readWeights(tokenizer.manifest, tokenizer.shape), tokenizer.shape),
}

const takeTurns = openTurns(runningMax)

serveQuestions<NanoTalk>((ask, { reply, last }) => {
  let unfinished = ask.prompts.length * ask.choices
  const say = (said: NanoReply) => {
    if (said.finish && --unfinished === 0) last(said)
    else if (said.finish || said.text !== '') reply(said)
  }
  const tasks = ask.prompts.map((_, at) => speak(nano, ask, at, say))
  for (const task of tasks) takeTurns(task)
  return () => tasks.forEach((task) => task.return(undefined))
})
