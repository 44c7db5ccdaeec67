import type { Chance, Clock } from '../../core/clock.ts'
import { AppError } from '../../core/errors.ts'
import { isObject, type JsonObject } from '../../core/json.ts'
import type { AnswerSink, Flight, Provider, UpstreamCall } from '../types.ts'
import { type Delivery, openDelivery } from './delivery.ts'
import { echoModel } from './echo/echo.ts'
import { openNano } from './nano/nano.ts'
import { streamedEvents, type TextAnswer, wholeEvents } from './text-answer.ts'
import type { TextModel, TextRun } from './text-model.ts'
import { readTextRequest } from './text-request.ts'
import { errorBody, jsonBytes } from './wire.ts'

/** Starts the work of one call and returns how to steer it. Throws `AppError` when the call is refused. */
type Start = (call: UpstreamCall, delivery: Delivery) => TextRun

/**
 * The built-in models as a provider named `local`. Nothing is loaded before the first call that needs it; models that
 * compute do so in worker threads, which end with `close`.
 */
export function openLocalProvider({ clock, chance }: { readonly clock: Clock; readonly chance: Chance }): Provider {
  const nano = openNano(chance)
  const textModels = new Map([echoModel, nano.model].map((model): [string, TextModel] => [model.name, model]))

  const answerText = (model: TextModel, call: UpstreamCall, delivery: Delivery): TextRun => {
    const endpoint = call.endpoint === 'chat' ? 'chat' : 'completions'
    const request = readTextRequest(endpoint, call.body, model.name)
    let begun = false
    const answer: TextAnswer = {
      identity: {
        endpoint,
        id: (endpoint === 'chat' ? 'chatcmpl-' : 'cmpl-') + Buffer.from(chance.bytes(16)).toString('hex'),
        created: Math.floor(clock.nowMs() / 1_000),
        model: model.name,
      },
      choices: request.prompts.length * request.choices,
      promptTokens: model.countPromptTokens(request),
      delivery: {
        ...delivery,
        head: (head) => {
          begun = true
          delivery.head(head)
        },
      },
      onFull: () => run.pause(),
      onFault: ({ code, message }) => {
        if (begun || code === 'upstream_error') delivery.fault({ kind: 'reset', message })
        else answerError(delivery, new AppError(code, { message }))
      },
    }
    const withUsage = isObject(call.body['stream_options']) && call.body['stream_options']['include_usage'] === true
    const run = model.run(request, call.stream ? streamedEvents(answer, withUsage) : wholeEvents(answer))
    return run
  }

  const startOf = ({ body, endpoint }: Pick<UpstreamCall, 'body' | 'endpoint'>): Start => {
    const name = nameOf(body)
    const model = textModels.get(name)
    if (!model)
      throw new AppError('model_not_found', { message: `There is no built-in model ${name}.`, param: 'model' })
    if (endpoint === 'embeddings') {
      throw new AppError('invalid_request', { message: `${name} writes text; it makes no embeddings.`, param: 'model' })
    }
    return (call, delivery) => answerText(model, call, delivery)
  }

  return {
    name: 'local',
    send: (call, sink) => sendTo(startOf, call, sink),
    countPromptTokens: async ({ endpoint, body }) => {
      const model = textModels.get(nameOf(body))
      if (!model || endpoint === 'embeddings') return 0
      return model.countPromptTokens(readTextRequest(endpoint, body, model.name))
    },
    close: nano.close,
  }
}

const nameOf = ({ model }: JsonObject): string => (typeof model === 'string' ? model : '')

function sendTo(startOf: (call: UpstreamCall) => Start, call: UpstreamCall, sink: AnswerSink): Flight {
  let run: TextRun | undefined
  const delivery = openDelivery(sink, { cancel: () => run?.cancel(), resume: () => run?.resume() })
  try {
    run = startOf(call)(call, delivery)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    setImmediate(() => answerError(delivery, error))
  }
  return delivery.flight
}

function answerError(delivery: Delivery, error: AppError): void {
  const retry = error.retryAfterSeconds === undefined ? {} : { 'retry-after': String(error.retryAfterSeconds) }
  delivery.head({ status: error.status, headers: { 'content-type': 'application/json', ...retry } })
  delivery.write(jsonBytes(errorBody(error)))
  delivery.end()
}
