import type { Units } from '../credits/index.ts'
import type { PlannedAttempt } from '../router/index.ts'
import type { Provider } from '../providers/index.ts'
import { boundMedia } from './bounds.ts'
import type { CallRequest } from './call-request.ts'
import type { Call } from './call.ts'
import type { GatewayContext } from './dependencies.ts'
import { promptTexts } from './prompt-texts.ts'

/** OpenAI's rule for chat prompts: three tokens a message, and three that open the answer. */
const tokensPerMessage = 3

/** Average over English, code and other scripts, for what is too long or too urgent to count. */
const usualTokensPerByte = 0.25

/** The exact tokens of the prompt's text, by the provider's own tokenizer where it is ours, else by a general one. */
export async function countPromptText(context: GatewayContext, call: Call): Promise<number> {
  const { request, attempts } = call
  const own = context.findProvider(attempts[0]!.offer.providerId)?.provider.countPromptTokens
  if (own)
    return own({ endpoint: request.endpoint, body: { ...request.body, model: attempts[0]!.offer.upstreamModel } })
  return context.counter.count(promptTexts(request.body))
}

/** The units of a call whose provider did not tell: its prompt and what was delivered, counted off the hot path. */
export async function countUnits(
  context: GatewayContext,
  call: Call,
  attempt: PlannedAttempt,
  delivered: Delivered,
): Promise<Units> {
  const { request, model } = call
  const provider = context.findProvider(attempt.offer.providerId)?.provider
  const input =
    (await countPromptText(context, call)) +
    (provider?.countPromptTokens ? 0 : promptExtras(request)) +
    boundMedia(request.prompt, model.id)
  const output = await countOutput(context, attempt, provider, delivered)
  return { ...(input > 0 && { input }), ...(output > 0 && { output }) }
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
