import { openaiApi } from './openai.ts'
import type { InboundApi } from './types.ts'

export type { AnswerFacts, InboundApi, StreamWriter } from './types.ts'

/** Every API that callers can speak, by its path. */
export const inboundApis: Readonly<Record<string, InboundApi>> = {
  '/v1/chat/completions': openaiApi('chat'),
  '/v1/completions': openaiApi('completions'),
  '/v1/embeddings': openaiApi('embeddings'),
}
