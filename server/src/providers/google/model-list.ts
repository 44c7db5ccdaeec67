import { isObject, type JsonValue } from '../../core/json.ts'
import { listOf, objectOf, textOf } from '../openai-form.ts'

const ofUse: ReadonlySet<JsonValue> = new Set(['generateContent', 'embedContent', 'batchEmbedContents'])

/** The models of a ListModelsResponse that answer what we ask, by the names that requests use. */
export function readModelList(answer: JsonValue | undefined): readonly string[] | undefined {
  const { models } = objectOf(answer)
  if (!Array.isArray(models)) return undefined
  return listOf(models)
    .filter(isObject)
    .filter(({ supportedGenerationMethods: methods }) => listOf(methods).some((method) => ofUse.has(method)))
    .map(({ name }) => textOf(name).replace(/^models\//, ''))
    .filter((name) => name !== '')
}
