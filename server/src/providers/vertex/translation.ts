/** What Vertex AI (v1) serves: Google's models by Google's API, and Anthropic's by Anthropic's, inside `rawPredict`. */
import { isObject, type JsonObject } from '../../core/json.ts'
import { anthropicApi } from '../anthropic/index.ts'
import { translationAt } from '../google/index.ts'
import { textOf } from '../openai-form.ts'
import type { AskedCall, Translation, Written } from '../translation.ts'

const google = translationAt('vertex')
const anthropic = anthropicApi.translation

export const vertexTranslation: Translation = {
  write: (call) => (isClaude(call.body) ? writeClaude(call) : google.write(call)),
  readAnswer: (answer, facts) => ofModel(facts.call.body).readAnswer(answer, facts),
  openStream: (facts) => ofModel(facts.call.body).openStream(facts),
  readError: (status, body) =>
    (isObject(body) && body['type'] === 'error' ? anthropic : google).readError(status, body),
}

const publisher = 'publishers/anthropic/models/'

const claudeOf = (body: JsonObject): string => textOf(body['model']).replace(publisher, '')

const isClaude = (body: JsonObject): boolean => claudeOf(body).startsWith('claude')

const ofModel = (body: JsonObject): Translation => (isClaude(body) ? anthropic : google)

/** The model stands in the path, and the version of the API in the body. */
function writeClaude(call: AskedCall): Written {
  const name = claudeOf(call.body)
  const written = anthropic.write({ ...call, body: { ...call.body, model: name } })
  if (written.kind === 'refused') return written
  const { model: _model, ...body } = written.body
  const method = call.stream ? 'streamRawPredict' : 'rawPredict'
  const path = `/${publisher}${encodeURIComponent(name).replaceAll('%40', '@')}:${method}`
  return { kind: 'request', path, body: { anthropic_version: 'vertex-2023-10-16', ...body }, leftOut: written.leftOut }
}
