import type { Chance, Clock } from '../../core/clock.ts'
import { AppError } from '../../core/errors.ts'
import type { JsonObject } from '../../core/json.ts'
import { writesText } from '../endpoints.ts'
import type { AnswerSink, Flight, Provider, UpstreamCall } from '../types.ts'
import { deliverError, type Delivery, openDelivery } from './delivery.ts'
import { echoModel } from './echo/echo.ts'
import { openNano } from './nano/nano.ts'
import { invalid } from './parameters.ts'
import { answerText } from './text-answer.ts'
import type { TextModel, TextRun } from './text-model.ts'
import { readTextRequest } from './text-request.ts'
import { openUseLite } from './use-lite/use-lite.ts'

/** Starts the work of one call and returns how to steer it. Throws `AppError` when the call is refused. */
type Start = (call: UpstreamCall, delivery: Delivery) => TextRun

/**
 * The built-in models as a provider named `local`. Nothing is loaded before the first call that needs it; models that
 * compute do so in worker threads, which end with `close`.
 */
export function openLocalProvider({ clock, chance }: { readonly clock: Clock; readonly chance: Chance }): Provider {
  const nano = openNano(chance)
  const useLite = openUseLite()
  const textModels = new Map([echoModel, nano.model].map((model): [string, TextModel] => [model.name, model]))
  const newId = () => Buffer.from(chance.bytes(16)).toString('hex')

  const start: Start = (call, delivery) => {
    const { endpoint, body } = call
    const model = textModels.get(nameOf(body))
    if (!model && nameOf(body) !== 'use-lite') {
      throw new AppError('model_not_found', { message: `There is no built-in model ${nameOf(body)}.`, param: 'model' })
    }
    if (model && writesText(endpoint)) {
      return answerText(model, { call, endpoint, delivery, newId, created: Math.floor(clock.nowMs() / 1_000) })
    }
    if (model) throw invalid('model', `${model.name} writes text and nothing else.`)
    if (endpoint !== 'embeddings') throw invalid('model', 'use-lite makes embeddings and nothing else.')
    return useLite.embed(body, delivery)
  }

  return {
    name: 'local',
    send: (call, sink) => send(start, call, sink),
    countPromptTokens: async ({ endpoint, body }) => {
      const model = textModels.get(nameOf(body))
      if (!model || !writesText(endpoint)) return useLite.countPromptTokens(body)
      return model.countPromptTokens(readTextRequest(endpoint, body, model.name))
    },
    countOutputTokens: async (upstreamModel, texts) => {
      const model = textModels.get(upstreamModel)
      return model ? texts.reduce((sum, text) => sum + model.countOutputTokens(text), 0) : 0
    },
    close: async () => {
      await Promise.all([nano.close(), useLite.close()])
    },
  }
}

const nameOf = ({ model }: JsonObject): string => (typeof model === 'string' ? model : '')

function send(start: Start, call: UpstreamCall, sink: AnswerSink): Flight {
  let run: TextRun | undefined
  const delivery = openDelivery(sink, { cancel: () => run?.cancel(), resume: () => run?.resume() })
  try {
    run = start(call, delivery)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    setImmediate(() => deliverError(delivery, error))
  }
  return delivery.flight
}
