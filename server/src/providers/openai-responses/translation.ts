/** OpenAI's Responses API as an API that providers speak. */
import { openNotes, writeFields } from '../field-rules.ts'
import { listOf, textOf } from '../openai-form.ts'
import type { AskedCall, Translation, Written } from '../translation.ts'
import type { Draft } from './api-types.ts'
import { readError } from './error.ts'
import { doesReason } from './prepare-reasoning.ts'
import { readAnswer } from './read-answer.ts'
import { openStream } from './read-stream.ts'
import { requestFields } from './request-fields.ts'

export const translation: Translation = {
  write,
  readAnswer,
  openStream,
  readError: (_status, body) => readError(body),
}

function write({ endpoint, body }: AskedCall): Written {
  if (endpoint !== 'chat') return { kind: 'refused', why: `${endpoint}: this API answers conversations alone` }
  const notes = openNotes()
  // Nothing is kept at the provider, so reasoning can be given back only by those who hold it: the callers.
  const draft: Draft = { model: '', input: [], store: false }
  writeFields(body, requestFields, { body, draft }, notes)
  if (draft['reasoning'] !== undefined || doesReason(textOf(body['model'])))
    draft['include'] = [...listOf(draft['include']), 'reasoning.encrypted_content']
  const refusal = notes.refusal()
  if (refusal !== undefined) return { kind: 'refused', why: refusal }
  return { kind: 'request', path: '/v1/responses', body: draft, leftOut: notes.leftOut() }
}
