/** OpenAI's answers as the mock upstream gives them: JSON, or one buffer per server-sent event. */
import type { JsonObject } from '../../src/core/json.ts'

/** What an answer holds, whatever becomes of it on its way. */
export type AnswerPlan = {
  /** One token each. A `max_tokens` in the request cuts them, with `finish_reason: "length"`. */
  readonly words: readonly string[]
  readonly promptTokens: number
  readonly cachedTokens: number
  readonly reasoningTokens: number
  /** `asked`: in a stream only when the request asks for it, as OpenAI does; in JSON always. */
  readonly usage: 'asked' | 'always' | 'none'
  /** Reported instead of the tokens that were sent. */
  readonly completionTokens?: number
  /** Ends a stream without `data: [DONE]`. */
  readonly doneMissing?: boolean
}

export type MockEndpoint = 'chat' | 'completions' | 'embeddings' | 'rerank' | 'moderations'

export type MockRequest = { readonly endpoint: MockEndpoint; readonly body: JsonObject }

export const usualAnswer: AnswerPlan = {
  words: ['Hello', ' from', ' the', ' mock', ' upstream'],
  promptTokens: 11,
  cachedTokens: 0,
  reasoningTokens: 0,
  usage: 'asked',
}

const embeddingLength = 8
const createdSeconds = 1_700_000_000

/** The answer to a request, in the pieces in which a usual upstream would send it. */
export function answerFrames(request: MockRequest, plan: AnswerPlan): Buffer[] {
  if (request.endpoint === 'embeddings') return [json(embeddings(request.body, plan))]
  if (request.endpoint === 'rerank') return [json(ranking(request.body, plan))]
  if (request.endpoint === 'moderations') return [json(moderation(request.body))]
  return request.body['stream'] === true ? streamFrames(request, plan) : [json(completion(request, plan))]
}

export const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))
export const event = (value: unknown): Buffer => Buffer.from(`data: ${JSON.stringify(value)}\n\n`)

function wordsWithin(
  { body }: MockRequest,
  { words }: AnswerPlan,
): { words: readonly string[]; finish: 'stop' | 'length' } {
  const max = body['max_completion_tokens'] ?? body['max_tokens']
  if (typeof max !== 'number' || max >= words.length) return { words, finish: 'stop' }
  return { words: words.slice(0, max), finish: 'length' }
}

function usageOf(plan: AnswerPlan, wordsSent: number) {
  const completionTokens = plan.completionTokens ?? wordsSent + plan.reasoningTokens
  return {
    prompt_tokens: plan.promptTokens,
    completion_tokens: completionTokens,
    total_tokens: plan.promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: plan.cachedTokens },
    completion_tokens_details: { reasoning_tokens: plan.reasoningTokens },
  }
}

function head({ endpoint, body }: MockRequest, part: 'whole' | 'chunk') {
  const chat = part === 'whole' ? 'chat.completion' : 'chat.completion.chunk'
  const object = endpoint === 'chat' ? chat : 'text_completion'
  return { id: 'chatcmpl-mock', object, created: createdSeconds, model: body['model'] ?? null }
}

function completion(request: MockRequest, plan: AnswerPlan) {
  const { words, finish } = wordsWithin(request, plan)
  const text = words.join('')
  const content = request.endpoint === 'chat' ? { message: { role: 'assistant', content: text } } : { text }
  const choices = [{ index: 0, ...content, finish_reason: finish }]
  const answer = { ...head(request, 'whole'), choices }
  return plan.usage === 'none' ? answer : { ...answer, usage: usageOf(plan, words.length) }
}

function streamFrames(request: MockRequest, plan: AnswerPlan): Buffer[] {
  const { words, finish } = wordsWithin(request, plan)
  const chat = request.endpoint === 'chat'
  const chunk = (delta: JsonObject, reason: string | null) =>
    event({
      ...head(request, 'chunk'),
      choices: [{ index: 0, ...(chat ? { delta } : { text: delta['content'] ?? '' }), finish_reason: reason }],
    })
  const options = request.body['stream_options']
  const asked =
    typeof options === 'object' && options !== null && 'include_usage' in options && options.include_usage === true
  const withUsage = plan.usage === 'always' || (plan.usage === 'asked' && asked)
  return [
    ...(chat ? [chunk({ role: 'assistant', content: '' }, null)] : []),
    ...words.map((content) => chunk({ content }, null)),
    chunk({}, finish),
    ...(withUsage ? [event({ ...head(request, 'chunk'), choices: [], usage: usageOf(plan, words.length) })] : []),
    ...(plan.doneMissing ? [] : [Buffer.from('data: [DONE]\n\n')]),
  ]
}

function embeddings(body: JsonObject, plan: AnswerPlan) {
  const { input } = body
  const isTokenArray = Array.isArray(input) && typeof input[0] === 'number'
  const count = Array.isArray(input) && !isTokenArray ? input.length : 1
  const length = typeof body['dimensions'] === 'number' ? body['dimensions'] : embeddingLength
  const data = Array.from({ length: count }, (_, index) => {
    const vector = Float32Array.from({ length }, (__, at) => (index + 1) / (at + 2))
    const embedding = body['encoding_format'] === 'base64' ? Buffer.from(vector.buffer).toString('base64') : [...vector]
    return { object: 'embedding', index, embedding }
  })
  const usage = { prompt_tokens: plan.promptTokens, total_tokens: plan.promptTokens }
  return { object: 'list', data, model: body['model'] ?? null, ...(plan.usage === 'none' ? {} : { usage }) }
}

/** As Jina answers: the last document is the best. */
function ranking(body: JsonObject, plan: AnswerPlan) {
  const documents = body['documents'] as readonly unknown[]
  const best = documents.map((document, index) => ({ index, relevance_score: (index + 1) / 10, document }))
  const results = best.toReversed().slice(0, typeof body['top_n'] === 'number' ? body['top_n'] : undefined)
  const usage = { prompt_tokens: plan.promptTokens, total_tokens: plan.promptTokens }
  return { model: body['model'] ?? null, ...(plan.usage === 'none' ? {} : { usage }), results }
}

/** As OpenAI answers: it tells no usage. */
function moderation(body: JsonObject) {
  const texts = Array.isArray(body['input']) && typeof body['input'][0] === 'string' ? body['input'] : [body['input']]
  const verdict = { flagged: false, categories: { violence: false }, category_scores: { violence: 0.01 } }
  return { id: 'modr-mock', model: body['model'] ?? null, results: texts.map(() => verdict) }
}
