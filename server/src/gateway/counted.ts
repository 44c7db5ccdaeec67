import type { Units } from '../credits/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import type { Provider } from '../providers/index.ts'
import { boundCountedPrompt, countMedia } from './bounds.ts'
import type { CallRequest } from './call-request.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import { everyText, promptTexts } from './prompt-texts.ts'
import { queryRepeats } from './rerank.ts'

/** OpenAI's rule for chat prompts: three tokens a message, and three that open the answer. */
const tokensPerMessage = 3

/** Average over English, code and other scripts, for what is too long or too urgent to count. */
const usualTokensPerByte = 0.25

/**
 * An upper bound of the prompt's tokens from counting its text; where every planned provider is our own, exactly what
 * will be charged.
 */
export async function countPromptBound(context: GatewayContext, call: Call): Promise<number> {
  const { request, attempts, model, bounds } = call
  const counts = await Promise.all(attempts.map(async (attempt) => countWithOwn(context, request, attempt)))
  if (counts.every((count) => count !== undefined)) return Math.max(...counts)
  const reader = { id: model.id, contextTokens: bounds.contextTokens }
  return boundCountedPrompt(await countTexts(context, request, everyText), request.prompt, reader)
}

/** The prompt by the tokenizer of a provider that is ours, with all that it adds; `undefined` for any other. */
const countWithOwn = (
  context: GatewayContext,
  { endpoint, body }: CallRequest,
  { offer }: PlannedAttempt,
): Promise<number> | undefined =>
  context
    .findProvider(offer.providerId)
    ?.provider.countPromptTokens?.({ endpoint, body: { ...body, model: offer.upstreamModel } })

/**
 * The units of a call whose provider did not tell: its prompt, unless that was told, and what was delivered, counted off
 * the hot path.
 */
export async function countUnits(
  context: GatewayContext,
  call: Call,
  attempt: PlannedAttempt,
  delivered: Delivered,
  prompt?: Units,
): Promise<Units> {
  const provider = context.findProvider(attempt.offer.providerId)?.provider
  const input = prompt ? 0 : await countPrompt(context, call, attempt)
  const output = await countOutput(context, attempt, provider, delivered)
  return { ...prompt, ...(input > 0 && { input }), ...(output > 0 && { output }) }
}

/** The tokens of a prompt: exactly where the provider is our own, else by a general tokenizer, media as far as they are known. */
export async function countPrompt(
  context: GatewayContext,
  { request, model, bounds }: Pick<Call, 'request' | 'model' | 'bounds'>,
  attempt: PlannedAttempt,
): Promise<number> {
  const own = await countWithOwn(context, request, attempt)
  if (own !== undefined) return own
  const texts = await countTexts(context, request, promptTexts)
  return texts + promptExtras(request) + countMedia(request.prompt, model.id, bounds.contextTokens)
}

async function countTexts(
  { counter }: GatewayContext,
  { endpoint, body }: CallRequest,
  textsOf: (body: CallRequest['body']) => readonly string[],
): Promise<number> {
  const tokens = await counter.count(textsOf(body))
  if (endpoint !== 'rerank' || typeof body['query'] !== 'string') return tokens
  return tokens + queryRepeats(body) * (await counter.count([body['query']]))
}

function promptExtras(request: CallRequest): number {
  const messages = request.body['messages']
  const template = Array.isArray(messages) ? (messages.length + 1) * tokensPerMessage : 0
  return template + request.prompt.tokenIds
}

function countOutput(
  context: GatewayContext,
  attempt: PlannedAttempt,
  provider: Provider | undefined,
  { bytes, texts }: Delivered,
): number | Promise<number> {
  if (!texts) return Math.ceil(bytes * usualTokensPerByte)
  if (provider?.countOutputTokens) return provider.countOutputTokens(attempt.offer.upstreamModel, texts)
  return context.counter.count([texts.join('')])
}

export type Delivered = { readonly bytes: number; readonly texts: readonly string[] | undefined }

/** A quick estimate for checkpoints: never more tokens than bytes. */
export function estimateUnits(call: Call, outputBytes: number): Units {
  const { textBytes, tokenIds } = call.request.prompt
  return {
    input: Math.ceil(textBytes * usualTokensPerByte) + tokenIds,
    output: Math.ceil(outputBytes * usualTokensPerByte),
  }
}
