import { limits } from '../models.ts'
import type { FinishReason, Sampling, TokenLogprob } from '../text-model.ts'
import { openTextOutput } from '../text-output.ts'
import { logprobOf, openSampler, seededDice } from './sampler.ts'
import { special, type Tokenizer } from './tokenizer.ts'
import type { Session, Transformer } from './transformer.ts'

/** What the thread is asked: token lists and settings, all checked. */
export type NanoAsk = {
  readonly prompts: readonly (readonly number[])[]
  readonly choices: number
  readonly maxTokens: number
  readonly stop: readonly string[]
  readonly sampling: Sampling
  /** Decides every draw, together with the index of the choice. */
  readonly seed: number
  readonly topLogprobs: number | undefined
}

/** One choice's next text; with `finish` its last. */
export type NanoReply = {
  readonly index: number
  readonly text: string
  readonly logprobs: readonly TokenLogprob[]
  readonly finish?: { readonly reason: FinishReason; readonly tokens: number }
}

export type NanoTalk = { readonly ask: NanoAsk; readonly reply: NanoReply }

export type Nano = { readonly tokenizer: Tokenizer; readonly transformer: Transformer }

/**
 * Answers one prompt in steps of one token, so that others can be served between any two: the prompt is read once, then
 * its choices speak by turns.
 */
export function* speak(nano: Nano, ask: NanoAsk, promptAt: number, say: (reply: NanoReply) => void): Generator<void> {
  const prompt = ask.prompts[promptAt]!
  const session = nano.transformer.open(prompt.length + ask.maxTokens)
  for (const token of prompt.slice(0, -1)) {
    session.step(token, false)
    yield
  }
  let speaking = Array.from({ length: ask.choices }, (_, choice) =>
    openChoice(nano, ask, { index: promptAt * ask.choices + choice, session: session.fork(), first: prompt.at(-1)! }),
  )
  while (speaking.length > 0) {
    for (const choice of speaking) {
      say(choice.next())
      yield
    }
    speaking = speaking.filter((choice) => !choice.isOver())
  }
}

type Choice = { readonly next: () => NanoReply; readonly isOver: () => boolean }

type ChoiceStart = { readonly index: number; readonly session: Session; readonly first: number }

function openChoice({ tokenizer }: Nano, ask: NanoAsk, { index, session, first }: ChoiceStart): Choice {
  const sampler = openSampler(ask.sampling, seededDice(ask.seed, index), special.end)
  const output = openTextOutput(ask.stop)
  const tokensMax = Math.min(ask.maxTokens, limits.nano.outputTokensMax)
  let last = first
  let tokens = 0
  let over = false

  const finish = (reason: FinishReason, piece: Pick<NanoReply, 'text' | 'logprobs'>): NanoReply => {
    over = true
    return { index, ...piece, finish: { reason, tokens } }
  }
  return {
    isOver: () => over,
    next: () => {
      const logits = session.step(last, true)!
      last = sampler.pick(logits)
      if (last === special.end) return finish('stop', output.flush())
      tokens++
      const logprob =
        ask.topLogprobs === undefined ? undefined : logprobOf(logits, last, ask.topLogprobs, tokenizer.bytesOf)
      const { stopped, ...piece } = output.push(tokenizer.bytesOf(last), logprob)
      if (stopped) return finish('stop', piece)
      if (tokens < tokensMax) return { index, ...piece }
      const rest = output.flush()
      return finish('length', { text: piece.text + rest.text, logprobs: [...piece.logprobs, ...rest.logprobs] })
    },
  }
}
