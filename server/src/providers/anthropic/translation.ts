/** Anthropic's Messages API, version 2023-06-01, as an API that providers speak. */
import { withShortCaching } from '../cache-marks.ts'
import { openNotes, writeFields } from '../field-rules.ts'
import { textOf } from '../openai-form.ts'
import type { AskedCall, Translation, Written } from '../translation.ts'
import type { Draft } from './api-types.ts'
import { readError } from './error.ts'
import { traitsOf } from './model-traits.ts'
import { readAnswer } from './read-answer.ts'
import { openStream } from './read-stream.ts'
import { declareToolsInUse, requestFields } from './request-fields.ts'

export const translation: Translation = {
  write,
  readAnswer,
  openStream,
  readError: (_status, body) => readError(body),
}

function write({ endpoint, body: asked }: AskedCall): Written {
  if (endpoint !== 'chat') return { kind: 'refused', why: `${endpoint}: the provider has chat alone` }
  const notes = openNotes()
  const body = withShortCaching(asked, notes.leaveOut)
  const model = textOf(body['model'])
  const traits = traitsOf(model)
  const draft: Draft = { model, max_tokens: traits.outputTokensMax, messages: [] }
  const writing = { body, draft, traits }
  writeFields(body, requestFields, writing, notes)
  declareToolsInUse(writing)
  const refusal = notes.refusal()
  if (refusal !== undefined) return { kind: 'refused', why: refusal }
  return { kind: 'request', path: '/v1/messages', headers: version, body: { ...draft }, leftOut: notes.leftOut() }
}

export const version = { 'anthropic-version': '2023-06-01' }
