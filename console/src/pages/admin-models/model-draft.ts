import type { BodyOf } from '../../api/client.ts'
import type { Schemas } from '../../api/schema.ts'

export const modalities = ['text', 'image', 'audio', 'file', 'embeddings', 'rerank', 'moderation'] as const
type Modality = (typeof modalities)[number]

/** A model as it is typed. */
export type ModelDraft = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly aliases: string
  readonly contextLength: string
  readonly outputTokensMax: string
  readonly inputs: readonly Modality[]
  readonly outputs: readonly Modality[]
  readonly parameters: string
}

export const emptyModel: ModelDraft = {
  ...{ id: '', name: '', description: '', aliases: '', contextLength: '', outputTokensMax: '', parameters: '' },
  inputs: ['text'],
  outputs: ['text'],
}

export const draftOf = (model: Schemas['ManagedModel']): ModelDraft => ({
  id: model.id,
  name: model.name,
  description: model.description,
  aliases: model.aliases.join(', '),
  contextLength: model.context_length === null ? '' : String(model.context_length),
  outputTokensMax: model.output_tokens_max === null ? '' : String(model.output_tokens_max),
  inputs: model.input_modalities,
  outputs: model.output_modalities,
  parameters: model.supported_parameters.join(', '),
})

/** What is wrong, told before anything is sent. */
export function modelErrors(draft: ModelDraft): { readonly [K in keyof ModelDraft]?: string | undefined } {
  const isId = /^[a-z0-9][a-z0-9._:@/-]{0,199}$/
  return {
    id:
      draft.id === '' || isId.test(draft.id)
        ? undefined
        : 'Small letters, digits and . _ : @ / -, such as openai/gpt-4o.',
    aliases: listOf(draft.aliases).every((alias) => isId.test(alias))
      ? undefined
      : 'Small letters, digits and . _ : @ / -.',
    contextLength: wholeError(draft.contextLength),
    outputTokensMax: wholeError(draft.outputTokensMax),
    inputs: draft.inputs.length === 0 ? 'At least one.' : undefined,
    outputs: draft.outputs.length === 0 ? 'At least one.' : undefined,
  }
}

export function reasonNot(draft: ModelDraft): string | undefined {
  if (draft.id === '') return 'Give it an id.'
  return Object.values(modelErrors(draft)).some((error) => error !== undefined)
    ? 'Something is not right yet.'
    : undefined
}

const wholeError = (text: string) =>
  text === '' || /^[1-9]\d{0,8}$/.test(text) ? undefined : 'A whole number of tokens, or nothing.'

const listOf = (text: string): readonly string[] =>
  text
    .split(/[\s,]+/)
    .map((entry) => entry.trim())
    .filter(Boolean)

const common = (draft: ModelDraft) => ({
  name: draft.name.trim() === '' ? draft.id : draft.name.trim(),
  description: draft.description,
  aliases: listOf(draft.aliases),
  input_modalities: draft.inputs,
  output_modalities: draft.outputs,
  supported_parameters: listOf(draft.parameters),
})

const numberOf = (text: string): number | undefined => (text === '' ? undefined : Number(text))

export const newModelBody = (draft: ModelDraft): BodyOf<'POST /api/v1/models'> => ({
  id: draft.id,
  ...common(draft),
  context_length: numberOf(draft.contextLength),
  output_tokens_max: numberOf(draft.outputTokensMax),
})

export const changedModelBody = (draft: ModelDraft): BodyOf<'PATCH /api/v1/models/{id}'> => ({
  ...common(draft),
  context_length: numberOf(draft.contextLength) ?? null,
  output_tokens_max: numberOf(draft.outputTokensMax) ?? null,
})
