import { completionsApi } from './completions/index.ts'
import { countTokensApi, messagesApi } from './messages/index.ts'
import { moderationsApi, openaiApi } from './openai.ts'
import { atOpenRouter } from './openrouter.ts'
import { rerankApi } from './rerank.ts'
import { inputTokensApi, responsesApi } from './responses/index.ts'
import type { CountApi, InboundApi } from './types.ts'

export type { AnswerFacts, ChatForm, CountApi, InboundApi, StoredBefore, StreamWriter } from './types.ts'

/** Every API that callers can speak, by its path. */
const apis: Readonly<Record<string, InboundApi>> = {
  '/v1/chat/completions': openaiApi('chat'),
  '/v1/completions': completionsApi,
  '/v1/embeddings': openaiApi('embeddings'),
  '/v1/rerank': rerankApi,
  // Where Cohere's own clients ask.
  '/v2/rerank': rerankApi,
  '/v1/moderations': moderationsApi,
  '/v1/messages': messagesApi,
  '/v1/responses': responsesApi,
}

export const inboundApis: Readonly<Record<string, InboundApi>> = { ...apis, ...atOpenRouter(apis) }

/** What counts prompts, by its path. */
const counts: Readonly<Record<string, CountApi>> = {
  '/v1/messages/count_tokens': countTokensApi,
  '/v1/responses/input_tokens': inputTokensApi,
}
export const countApis: Readonly<Record<string, CountApi>> = { ...counts, ...atOpenRouter(counts) }
