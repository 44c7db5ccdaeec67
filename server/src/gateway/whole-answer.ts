import { isObject, parseJson, type JsonObject, type JsonValue } from '../core/json.ts'
import type { AnswerHead } from '../providers/index.ts'
import { startAttempt, type AttemptOptions } from './attempt.ts'
import { failureOfErrorObject, failureOfStatus, malformed, tooLarge, type AttemptFailure } from './attempt-failure.ts'
import { answerFacts, stopError, stoppedState, type Call, type Hold, type StopSignal } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import { choiceHasContent, mayBeEmpty, nothingInIt } from './empty-answer.ts'
import { answerTexts } from './meter.ts'
import { readRerank } from './rerank.ts'
import { errorOfTry } from './own-keys.ts'
import { settleCall, type Ending, type Served } from './settle.ts'
import { keepResponse } from './stored-responses/index.ts'
import { toldRouting } from './tell-route.ts'
import { tryOffers, type Tried } from './try-offers.ts'

/** The most that a plain answer may weigh; embeddings of 2,048 texts in floats stay below it. */
const answerBytesMax = 128 * 1_048_576

/** Serves a call that is answered in one piece. The answer leaves only after its charge is committed. */
export async function serveWhole(context: GatewayContext, call: Call, hold: Hold): Promise<Served> {
  const result = await tryOffers(context, call, hold, (options) => fetchWhole(options, call.stop))
  const nothing = {
    usage: undefined,
    delivered: { bytes: 0, texts: [] },
    firstByteMs: undefined,
    finishReason: undefined,
  }
  if (result.kind === 'answered') {
    const { answer } = result
    const ending: Ending = {
      state: 'ok',
      status: 200,
      attempt: result.attempt,
      usage: answer['usage'],
      delivered: { bytes: 0, texts: answerTexts(answer) },
      firstByteMs: context.clock.monotonicMs() - call.startedMs,
      finishReason: finishReasonOf(answer),
      ...(answer['id'] !== undefined && { upstreamId: answer['id'] }),
    }
    const concluded = await settleCall(context, call, hold, ending)
    const body = call.request.api.writeAnswer(
      { ...answer, usage: concluded.usage },
      answerFacts(context, call, result.attempt),
    )
    if (call.request.conversation) await keepResponse(context, call, body)
    const told = call.route.isTold ? { ...body, redpill: toldRouting(call, result.attempt) } : body
    call.exchange.send(200, { 'content-type': 'application/json' }, JSON.stringify(told))
    return { status: 200, concluded, firstByteMs: ending.firstByteMs }
  }
  const error = result.kind === 'failed' ? errorOfTry(result, call.tried) : stopError(call)
  const state = result.kind === 'failed' ? 'failed' : stoppedState(call)
  // Nothing was delivered, so nothing is charged, whatever the provider makes of it.
  const concluded = await settleCall(context, call, hold, {
    ...nothing,
    state,
    status: error.status,
    attempt: undefined,
    error,
  })
  return { status: error.status, concluded, firstByteMs: undefined, error }
}

/** One try: collects the body, then judges it. */
export function fetchWhole(options: AttemptOptions, stop: StopSignal): Promise<Tried<JsonObject>> {
  return new Promise((resolve) => {
    let head: AnswerHead | undefined
    const pieces: Buffer[] = []
    let size = 0
    const finish = (tried: Tried<JsonObject>) => {
      unlisten()
      resolve(tried)
    }
    const failed = (failure: AttemptFailure): Tried<JsonObject> => ({ kind: 'failed', failure, final: false })
    const attempt = startAttempt(options, {
      onHead: (given) => {
        head = given
      },
      onBytes(bytes) {
        size += bytes.length
        if (size <= answerBytesMax) {
          pieces.push(bytes)
          return true
        }
        attempt.stop()
        finish(failed(tooLarge(answerBytesMax)))
        return false
      },
      onFinish(failure) {
        if (failure) finish(failed(failure))
        else finish(judge(head, Buffer.concat(pieces), options.call))
      },
    })
    const unlisten = stop.listen(() => {
      attempt.stop()
      resolve({ kind: 'stopped' })
    })
  })
}

function judge(head: AnswerHead | undefined, body: Buffer, asked: AttemptOptions['call']): Tried<JsonObject> {
  const { endpoint } = asked
  const failed = (failure: AttemptFailure): Tried<JsonObject> => ({ kind: 'failed', failure, final: false })
  if (!head) return failed(malformed('no head'))
  if (head.status < 200 || head.status > 299) return failed(failureOfStatus(head, body))
  const answer = parseJson(body.toString('utf8'))
  if (!isObject(answer)) return failed(malformed(`${body.length} bytes that are not a JSON object`))
  const { error } = answer
  if (error !== undefined && error !== null) return failed(failureOfErrorObject(error))
  const list = listOf[endpoint]
  const read = endpoint === 'rerank' ? readRerank(answer) : Array.isArray(answer[list]) ? answer : undefined
  if (!read) return failed(malformed(`an answer without ${list}`))
  return isEmpty(read, list, asked.body) ? failed(malformed(nothingInIt)) : { kind: 'answered', answer: read }
}

function isEmpty(answer: JsonObject, list: string, asked: JsonObject): boolean {
  const items = answer[list] as readonly JsonValue[]
  if (list !== 'choices') return items.length === 0
  return (
    !items.some(choiceHasContent) &&
    !mayBeEmpty({ finishReason: finishReasonOf(answer), usage: answer['usage'], asked })
  )
}

/** What makes an answer one. */
const listOf: Readonly<Record<AttemptOptions['call']['endpoint'], string>> = {
  chat: 'choices',
  completions: 'choices',
  embeddings: 'data',
  rerank: 'results',
  moderations: 'results',
}

function finishReasonOf(answer: JsonObject): string | undefined {
  const choices = Array.isArray(answer['choices']) ? (answer['choices'] as readonly JsonValue[]) : []
  const reason = isObject(choices[0]) ? choices[0]['finish_reason'] : undefined
  return typeof reason === 'string' ? reason : undefined
}
