/** OpenAI's Responses API as an API that callers speak: stored where answers may be, else as with `store: false`. */
import { errorEnvelope } from '../../../core/errors.ts'
import { given } from '../reading.ts'
import type { CountApi, InboundApi } from '../types.ts'
import { openStream } from './open-stream.ts'
import { readRequest } from './read-request.ts'
import { writeAnswer } from './write-answer.ts'

export const responsesApi: InboundApi = {
  name: 'responses',
  endpoint: 'chat',
  read: readRequest,
  previousOf: (body) => given(body, 'previous_response_id'),
  writeAnswer,
  openStream,
  writeError: errorEnvelope,
}

/** Counts the tokens of a request's prompt. Nothing is generated, so nothing is held or charged. */
export const inputTokensApi: CountApi = {
  ...responsesApi,
  name: 'input_tokens',
  writeCount: (tokens) => ({ object: 'response.input_tokens', input_tokens: tokens }),
}
