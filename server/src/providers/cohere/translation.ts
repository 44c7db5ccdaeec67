/** Cohere's API, version 2 (chat, embed, rerank), as an API that providers speak. */
import type { JsonObject } from '../../core/json.ts'
import { openNotes, writeFields, type Notes } from '../field-rules.ts'
import type { AskedCall, Translation, Written } from '../translation.ts'
import { readEmbeddings, writeEmbedding } from './embeddings.ts'
import { readError } from './error.ts'
import { readAnswer } from './read-answer.ts'
import { openStream } from './read-stream.ts'
import { requestFields, type Writing } from './request-fields.ts'
import { writeRerank } from './rerank.ts'

export const translation: Translation = {
  write,
  readAnswer(answer, facts) {
    switch (facts.call.endpoint) {
      case 'embeddings':
        return readEmbeddings(answer, facts)
      case 'rerank':
        return Array.isArray(answer['results']) ? answer : undefined
      default:
        return readAnswer(answer, facts)
    }
  },
  openStream,
  readError: (_status, body) => readError(body),
}

function write({ endpoint, body }: AskedCall): Written {
  switch (endpoint) {
    case 'chat':
      return request('/v2/chat', body, writeChat)
    case 'embeddings':
      return request('/v2/embed', body, writeEmbedding)
    case 'rerank':
      return request('/v2/rerank', body, writeRerank)
    default:
      return { kind: 'refused', why: `${endpoint}: the provider has chat, embeddings and rerank` }
  }
}

function request(path: string, body: JsonObject, writeBody: (body: JsonObject, notes: Notes) => JsonObject): Written {
  const notes = openNotes()
  const written = writeBody(body, notes)
  const refusal = notes.refusal()
  if (refusal !== undefined) return { kind: 'refused', why: refusal }
  return { kind: 'request', path, body: written, leftOut: notes.leftOut() }
}

function writeChat(body: JsonObject, notes: Notes): JsonObject {
  const draft: Writing['draft'] = {}
  writeFields(body, requestFields, { body, draft }, notes)
  return draft
}
