import type { BodyOf } from '../../api/client.ts'
import type { Schemas } from '../../api/schema.ts'

export type Dialect = Schemas['Dialect']
export type DialectName = Dialect['id']

/** A provider as it is typed. */
export type ProviderDraft = {
  readonly dialect: DialectName
  readonly name: string
  readonly baseUrl: string
  readonly apiKey: string
  readonly allowPrivate: boolean
}

export const emptyDraft: ProviderDraft = { dialect: 'openai', name: '', baseUrl: '', apiKey: '', allowPrivate: false }

/** The draft of another kind: its name follows where nobody typed one, and servers beside this one need private addresses. */
export function ofDialect(draft: ProviderDraft, dialect: Dialect): ProviderDraft {
  const isNamed = draft.name !== '' && draft.name !== draft.dialect
  return {
    ...draft,
    dialect: dialect.id,
    name: isNamed ? draft.name : dialect.id === 'compatible' ? '' : dialect.id,
    allowPrivate: dialect.is_local || draft.allowPrivate,
  }
}

/** What is tried and stored; what is empty is left to the dialect. */
export const trialBody = (draft: ProviderDraft): BodyOf<'POST /api/v1/providers/test'> => ({
  dialect: draft.dialect,
  ...(draft.baseUrl.trim() !== '' && { base_url: draft.baseUrl.trim() }),
  ...(draft.apiKey.trim() !== '' && { api_key: draft.apiKey.trim() }),
  allow_private: draft.allowPrivate,
})

/** Names a try: another answer is needed once one of these changed. */
export const trialName = (draft: ProviderDraft): string => JSON.stringify(trialBody(draft))

/** Why it cannot be added yet; undefined when it can. */
export function reasonNotYet(
  draft: ProviderDraft,
  dialect: Dialect | undefined,
  tried: { readonly name: string; readonly ok: boolean } | undefined,
  isForced: boolean,
): string | undefined {
  if (draft.name.trim() === '') return 'Give it a name.'
  if (dialect?.base_url === null && draft.baseUrl.trim() === '') return 'Say where it answers.'
  if (dialect?.lists_models === false || isForced) return undefined
  if (tried?.name !== trialName(draft)) return 'Test it first.'
  return tried.ok ? undefined : 'The test failed: mend it, or choose to add it all the same.'
}
