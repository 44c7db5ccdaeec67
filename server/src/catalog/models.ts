import type { Db } from '../platform/database/index.ts'
import { inTransaction } from '../platform/transaction.ts'
import type { Deleted } from './providers.ts'
import {
  deleteAliases,
  findAliasRows,
  findModelRow,
  findTakenIds,
  insertAliases,
  listAliasRowsOf,
  listModelRows,
  updateModelRow,
  upsertModel,
} from './store/models.ts'
import { countOffers } from './store/offers.ts'
import { lockCatalog, type ModelRow } from './store/tables.ts'
import type { Modality, Model } from './types.ts'

export type ModelProperties = {
  readonly aliases?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly description?: string | undefined
  readonly contextLength?: number | undefined
  readonly outputTokensMax?: number | undefined
  /** Text unless said. */
  readonly inputModalities?: readonly Modality[] | undefined
  /** Text unless said. */
  readonly outputModalities?: readonly Modality[] | undefined
  readonly supportedParameters?: readonly string[] | undefined
}

export type NewModel = ModelProperties & { readonly id: string; readonly createdAt: Date }

export type NameTaken =
  /** Another model has this id or alias. */
  { readonly kind: 'name-taken'; readonly name: string }

export type ModelCreated = { readonly kind: 'created'; readonly model: Model } | NameTaken

/** Ids and aliases share one name space. A deleted model's id may be used again; its old prices then count again. */
export function createModel(db: Db, model: NewModel): Promise<ModelCreated> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    const aliases = [...new Set(model.aliases)]
    if (await findModelRow(tx, model.id)) return { kind: 'name-taken', name: model.id }
    const taken = await takenName(tx, model.id, aliases)
    if (taken !== undefined) return { kind: 'name-taken', name: taken }
    const row: ModelRow = {
      id: model.id,
      name: model.name ?? model.id,
      description: model.description ?? '',
      context_length: model.contextLength ?? null,
      output_tokens_max: model.outputTokensMax ?? null,
      input_modalities: [...(model.inputModalities ?? (['text'] as const))],
      output_modalities: [...(model.outputModalities ?? (['text'] as const))],
      supported_parameters: [...(model.supportedParameters ?? [])],
      disabled: false,
      source: 'operator',
      edited_at: null,
      created_at: model.createdAt,
      deleted_at: null,
    }
    await upsertModel(tx, row)
    await replaceAliases(tx, model.id, aliases)
    return { kind: 'created', model: modelOf(row, aliases) }
  })
}

export async function findModel(db: Db, id: string): Promise<Model | undefined> {
  const row = await findModelRow(db, id)
  return row && (await withAliases(db, [row]))[0]
}

/** Ordered by id, disabled ones too; the next page begins after the last id of this one. */
export const listModels = async (
  db: Db,
  page: { readonly afterId?: string | undefined; readonly limit: number },
): Promise<readonly Model[]> => withAliases(db, await listModelRows(db, { afterId: page.afterId, limit: page.limit }))

/** What is absent stays as it is; `null` says that nobody knows. Aliases are replaced as a whole. */
export type ModelChange = Omit<ModelProperties, 'contextLength' | 'outputTokensMax'> & {
  readonly contextLength?: number | null | undefined
  readonly outputTokensMax?: number | null | undefined
  readonly disabled?: boolean | undefined
}

export type ModelChanged =
  | { readonly kind: 'changed'; readonly model: Model }
  | { readonly kind: 'unknown' }
  | NameTaken

/** From then on the seed leaves the model as the operator made it. */
export function changeModel(db: Db, id: string, change: ModelChange, at: Date): Promise<ModelChanged> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    const before = await findModelRow(tx, id)
    if (!before) return { kind: 'unknown' }
    if (change.aliases) {
      const aliases = [...new Set(change.aliases)]
      const taken = await takenName(tx, id, aliases)
      if (taken !== undefined) return { kind: 'name-taken', name: taken }
      await replaceAliases(tx, id, aliases)
    }
    const row = await updateModelRow(tx, id, {
      name: change.name ?? before.name,
      description: change.description ?? before.description,
      context_length: change.contextLength === undefined ? before.context_length : change.contextLength,
      output_tokens_max: change.outputTokensMax === undefined ? before.output_tokens_max : change.outputTokensMax,
      input_modalities: [...(change.inputModalities ?? before.input_modalities)],
      output_modalities: [...(change.outputModalities ?? before.output_modalities)],
      supported_parameters: [...(change.supportedParameters ?? before.supported_parameters)],
      disabled: change.disabled ?? before.disabled,
      edited_at: at,
    })
    return { kind: 'changed', model: (await withAliases(tx, [row]))[0]! }
  })
}

/** The model can no longer be called; its receipts and prices stay, and the seed does not bring it back. */
export function deleteModel(db: Db, id: string, at: Date): Promise<Deleted> {
  return inTransaction(db, async (tx) => {
    await lockCatalog(tx)
    if (!(await findModelRow(tx, id))) return { kind: 'unknown' }
    const offers = await countOffers(tx, { modelId: id })
    if (offers > 0) return { kind: 'in-use', offers }
    await deleteAliases(tx, id)
    await updateModelRow(tx, id, { deleted_at: at })
    return { kind: 'deleted' }
  })
}

/** The first of a model's names that another model has. Ids of deleted models stay reserved: they stand in receipts. */
async function takenName(db: Db, id: string, aliases: readonly string[]): Promise<string | undefined> {
  const asAlias = (await findAliasRows(db, [id, ...aliases])).find((row) => row.model_id !== id)
  if (asAlias) return asAlias.alias
  if (aliases.length === 0) return undefined
  return (await findTakenIds(db, aliases))[0]?.id
}

async function replaceAliases(db: Db, modelId: string, aliases: readonly string[]): Promise<void> {
  await deleteAliases(db, modelId)
  if (aliases.length > 0)
    await insertAliases(
      db,
      aliases.map((alias) => ({ alias, model_id: modelId })),
    )
}

async function withAliases(db: Db, rows: readonly ModelRow[]): Promise<readonly Model[]> {
  if (rows.length === 0) return []
  const aliases = Map.groupBy(
    await listAliasRowsOf(
      db,
      rows.map(({ id }) => id),
    ),
    (row) => row.model_id,
  )
  return rows.map((row) =>
    modelOf(
      row,
      (aliases.get(row.id) ?? []).map(({ alias }) => alias),
    ),
  )
}

export const modelOf = (row: ModelRow, aliases: readonly string[]): Model => ({
  id: row.id,
  aliases,
  name: row.name,
  description: row.description,
  contextLength: row.context_length ?? undefined,
  outputTokensMax: row.output_tokens_max ?? undefined,
  inputModalities: row.input_modalities,
  outputModalities: row.output_modalities,
  supportedParameters: row.supported_parameters,
  disabled: row.disabled,
  createdAt: row.created_at,
})
