import type { Chance } from '../../../core/clock.ts'
import { AppError } from '../../../core/errors.ts'
import { openWorkerLink } from '../../worker/link.ts'
import { limits } from '../models.ts'
import { invalid } from '../parameters.ts'
import type { TextModel } from '../text-model.ts'
import type { NanoTalk } from './speak.ts'
import { readTokenizer, special, type Tokenizer } from './tokenizer.ts'

/** Calls that may be in the thread at once, waiting ones included; at 60 tokens each the last of them waits seconds. */
const callsMax = 128

/** The built-in transformer. Its vocabulary (16 kB) is read by the first call, its thread started by the first run. */
export function openNano(chance: Chance): { readonly model: TextModel; readonly close: () => Promise<void> } {
  const link = openWorkerLink<NanoTalk>(new URL('worker.ts', import.meta.url))
  let tokenizer: Tokenizer | undefined

  const vocabulary = () => (tokenizer ??= readTokenizer())
  const promptOf = (prompt: string): number[] => {
    if (prompt.length > limits.nano.messageCharactersMax) {
      const message = `nano reads messages of at most ${limits.nano.messageCharactersMax} characters, not ${prompt.length}.`
      throw new AppError('context_length_exceeded', { message })
    }
    return vocabulary().promptOf(prompt)
  }
  const model: TextModel = {
    name: 'nano',
    countPromptTokens: ({ prompts }) => prompts.reduce((sum, prompt) => sum + promptOf(prompt).length, 0),
    countOutputTokens: (text) => vocabulary().encode(text).length,
    run: (request, events) => {
      const prompts = request.prompts.map(promptOf)
      for (const token of request.sampling.logitBias.keys()) {
        if (token < special.end || token >= vocabulary().shape.vocabulary) {
          throw invalid('logit_bias', `nano has no token ${token} to bias.`)
        }
      }
      if (link.openCount() >= callsMax) {
        throw new AppError('rate_limit_exceeded', { message: 'nano has too many calls at once.', retryAfterSeconds: 1 })
      }
      const cancel = link.ask(
        {
          prompts,
          choices: request.choices,
          maxTokens: Math.min(request.maxTokens ?? Infinity, limits.nano.outputTokensMax),
          stop: request.stop,
          sampling: request.sampling,
          seed: request.sampling.seed ?? Buffer.from(chance.bytes(6)).readUIntBE(0, 6),
          topLogprobs: request.topLogprobs,
        },
        {
          onReply: ({ index, text, logprobs, finish }) => {
            if (text !== '') events.onText(index, text, logprobs)
            if (finish) events.onFinish(index, finish.reason, finish.tokens)
          },
          onFault: events.onFault,
        },
      )
      // An answer has at most 16 choices of 60 tokens: it may wait in memory for a slow reader.
      return { cancel, pause: () => {}, resume: () => {} }
    },
  }
  return { model, close: link.close }
}
