/** OpenAI's API: chat completions, completions, embeddings and moderations, handed on as they are. */
import { errorEnvelope } from '../../core/errors.ts'
import { isObject, type JsonObject } from '../../core/json.ts'
import type { Endpoint } from '../../providers/index.ts'
import { createModelRenamer } from './model-name.ts'
import type { AnswerFacts, InboundApi, StreamWriter } from './types.ts'

export const openaiApi = (endpoint: Endpoint): InboundApi => ({
  name: endpoint,
  endpoint,
  read: (body) => ({ kind: 'read', body }),
  writeAnswer: (answer, { model }) => ({ ...(endpoint === 'chat' && noFingerprint), ...answer, model }),
  openStream: (facts) => openStream(facts, endpoint === 'chat' ? 'chat.completion.chunk' : 'text_completion'),
  writeError: errorEnvelope,
})

/** OpenRouter's client refuses an answer without one; few providers have one to tell. */
const noFingerprint = { system_fingerprint: null }

/** OpenAI's own default, since its clients need not name a model. */
export const moderationsApi: InboundApi = { ...openaiApi('moderations'), defaultModel: 'omni-moderation-latest' }

/** Chunks keep their bytes but for the model's name and a usage that some have beside choices; `[DONE]`, and usage and routing where they were asked for, come last. */
function openStream({ model, wantsUsage }: AnswerFacts, object: string): StreamWriter {
  const renameModel = createModelRenamer(model)
  let envelope: JsonObject | undefined
  return {
    chunk(chunk, raw) {
      if (!raw) {
        envelope ??= envelopeOf(chunk, model)
        return event({ ...envelope, ...withoutUsage(chunk), model })
      }
      // What Azure's filter thinks of a prompt comes in a chunk that is not said to be one; strict clients refuse it.
      if (chunk['object'] === '') return event({ ...withoutUsage(chunk), object, model })
      envelope ??= envelopeOf(chunk, model)
      // Usage comes at the end, with the cost in it, to those who asked for it.
      if (isObject(chunk['usage'])) return event({ ...withoutUsage(chunk), model })
      return renameModel(raw, typeof chunk['model'] === 'string' ? chunk['model'] : undefined)
    },
    finish(usage, routing) {
      const last = { ...(wantsUsage && { usage }), ...(routing && { redpill: routing }) }
      const asked = wantsUsage || routing ? event({ ...envelope, choices: [], ...last }) : ''
      return `${asked}data: [DONE]\n\n`
    },
    error: (error) => event(errorEnvelope(error)),
    keepAlive: ': keep-alive\n\n',
  }
}

const withoutUsage = ({ usage: _usage, ...chunk }: JsonObject): JsonObject => chunk

/** What chunks that we add share with the provider's own. */
const envelopeOf = ({ id, object, created }: JsonObject, model: string): JsonObject => ({
  ...(id !== undefined && { id }),
  ...(object !== undefined && { object }),
  ...(created !== undefined && { created }),
  model,
})

const event = (data: object): string => `data: ${JSON.stringify(data)}\n\n`
