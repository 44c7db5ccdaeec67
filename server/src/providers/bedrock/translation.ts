/** Amazon Bedrock's Converse API, version 2023-09-30, as an API that providers speak; embeddings by InvokeModel. */
import type { JsonObject } from '../../core/json.ts'
import { withShortCaching } from '../cache-marks.ts'
import { openNotes, writeFields, type Notes } from '../field-rules.ts'
import { textOf } from '../openai-form.ts'
import type { AskedCall, Translation, Written } from '../translation.ts'
import type { Draft } from './api-types.ts'
import { readEmbeddings, writeEmbeddings } from './embeddings.ts'
import { readError } from './error.ts'
import { bedrockTraitsOf } from './model-traits.ts'
import { toolsInUse } from './prepare-tools.ts'
import { readAnswer } from './read-answer.ts'
import { openStream } from './read-stream.ts'
import { requestFields } from './request-fields.ts'

export const translation: Translation = {
  write,
  readAnswer: (answer, facts) =>
    facts.call.endpoint === 'embeddings' ? readEmbeddings(answer, facts) : readAnswer(answer, facts),
  openStream,
  readError,
}

function write({ endpoint, body, stream }: AskedCall): Written {
  const notes = openNotes()
  const model = `/model/${encodeURIComponent(textOf(body['model']))}`
  switch (endpoint) {
    case 'chat': {
      const path = model + (stream ? '/converse-stream' : '/converse')
      return written(path, writeChat(withShortCaching(body, notes.leaveOut), notes), notes)
    }
    case 'embeddings':
      return written(`${model}/invoke`, writeEmbeddings(body, notes), notes)
    default:
      return { kind: 'refused', why: `${endpoint}: the provider has chat and embeddings alone` }
  }
}

function written(path: string, body: JsonObject, notes: Notes): Written {
  const refusal = notes.refusal()
  if (refusal !== undefined) return { kind: 'refused', why: refusal }
  return { kind: 'request', path, body, leftOut: notes.leftOut() }
}

function writeChat(body: JsonObject, notes: Notes): JsonObject {
  const traits = bedrockTraitsOf(textOf(body['model']))
  const draft: Draft = { messages: [], inferenceConfig: {}, tools: [], additional: {}, outputConfig: {} }
  writeFields(body, requestFields, { body, draft, traits }, notes)
  const { messages, system, toolChoice, inferenceConfig, additional, outputConfig, requestMetadata } = draft
  const tools = draft.tools.length > 0 ? draft.tools : toolsInUse(messages)
  return {
    messages,
    ...(system && { system }),
    ...filled('inferenceConfig', { ...inferenceConfig }),
    ...(tools.length > 0 && { toolConfig: { tools, ...(toolChoice && { toolChoice }) } }),
    ...filled('additionalModelRequestFields', additional),
    ...filled('outputConfig', outputConfig),
    ...(requestMetadata && { requestMetadata }),
    ...(traits.claude && inferenceConfig.stopSequences && { additionalModelResponseFieldPaths: ['/stop_sequence'] }),
  }
}

const filled = (name: string, value: JsonObject): JsonObject =>
  Object.keys(value).length === 0 ? {} : { [name]: value }
