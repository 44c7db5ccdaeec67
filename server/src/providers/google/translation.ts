/** Google's Gemini API (v1beta): generateContent, streamGenerateContent, batchEmbedContents; and the same at Vertex AI (v1). */
import type { JsonObject } from '../../core/json.ts'
import type { AskedCall, Translation, Written } from '../translation.ts'
import type { Place } from './api-types.ts'
import { readEmbeddingRequest, readEmbeddings, writeBatchEmbed, writePredict } from './embeddings.ts'
import { readError } from './error.ts'
import { readAnswer } from './read-answer.ts'
import { openStream } from './read-stream.ts'
import { textOf } from '../openai-form.ts'
import { CannotSayError } from './reading.ts'
import { writeChat } from './write-chat.ts'

export const translationAt = (place: Place): Translation => ({
  write: (call) => write(call, place),
  readAnswer: (answer, facts) =>
    facts.call.endpoint === 'embeddings' ? readEmbeddings(answer, facts) : readAnswer(answer, facts),
  openStream,
  readError,
})

function write(call: AskedCall, place: Place): Written {
  const leftOut = new Set<string>()
  try {
    const { method, body } = writeBody(call, place, (sentence) => leftOut.add(sentence))
    return { kind: 'request', path: `${modelPath(call.body, place)}:${method}`, body, leftOut: [...leftOut] }
  } catch (error) {
    if (error instanceof CannotSayError) return { kind: 'refused', why: error.message }
    throw error
  }
}

function writeBody(call: AskedCall, place: Place, leaveOut: (sentence: string) => void) {
  switch (call.endpoint) {
    case 'chat':
      return {
        method: call.stream ? 'streamGenerateContent?alt=sse' : 'generateContent',
        body: writeChat(call, place, leaveOut),
      }
    case 'embeddings': {
      const request = readEmbeddingRequest(call, place, leaveOut)
      return place === 'gemini'
        ? { method: 'batchEmbedContents', body: writeBatchEmbed(modelName(call.body), request) }
        : { method: 'predict', body: writePredict(request) }
    }
    default:
      throw new CannotSayError(`Google's API has no ${call.endpoint}.`)
  }
}

const modelName = (body: JsonObject): string => textOf(body['model']).replace(/^models\//, '')

/** A name with a slash in it says where the model is: `tunedModels/x`, `endpoints/123`, `publishers/meta/models/x`. */
function modelPath(body: JsonObject, place: Place): string {
  const name = encodeURIComponent(modelName(body)).replaceAll('%2F', '/').replaceAll('%40', '@')
  const isPath = name.includes('/')
  if (place === 'gemini') return `/v1beta/${isPath ? name : `models/${name}`}`
  return `/${isPath ? name : `publishers/google/models/${name}`}`
}
