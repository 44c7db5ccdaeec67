/** Anthropic's Messages API (version 2023-06-01) as an API that callers speak. */
import type { CountApi, InboundApi } from '../types.ts'
import { warnOfBetas } from './betas.ts'
import { openStream } from './open-stream.ts'
import { readCountRequest, readRequest } from './read-request.ts'
import { writeAnswer } from './write-answer.ts'
import { writeError } from './write-error.ts'

export const messagesApi: InboundApi = {
  name: 'messages',
  endpoint: 'chat',
  requestIdHeader: 'request-id',
  read: readRequest,
  warnOfHeaders: warnOfBetas,
  writeAnswer,
  openStream,
  writeError,
}

/** Counts the tokens of a request's prompt. Nothing is generated, so nothing is held or charged. */
export const countTokensApi: CountApi = {
  ...messagesApi,
  name: 'count_tokens',
  read: readCountRequest,
  writeCount: (tokens) => ({ input_tokens: tokens }),
}
