import { insertModels, findAliasRows, listAllModelRows, updateModelRow } from '../store/models.ts'
import type { ModelRow } from '../store/tables.ts'
import { inChunks } from './chunks.ts'
import type { Provided, Within } from './seed.ts'
import type { WantedModel } from './wanted.ts'

/** Adds models that are new and brings those up to date that only the seed ever wrote. Answers how many were added. */
export async function seedModels({ db, now }: Within, provided: readonly Provided[]): Promise<number> {
  const rows = new Map((await listAllModelRows(db)).map((row) => [row.id, row]))
  const added: ModelRow[] = []
  for (const model of describedBest(provided)) {
    const before = rows.get(model.id)
    const properties = propertiesOf(model)
    if (!before) {
      added.push({
        id: model.id,
        ...properties,
        disabled: false,
        source: 'seed',
        edited_at: null,
        created_at: now,
        deleted_at: null,
      })
    } else if (before.source === 'seed' && !before.edited_at && !before.deleted_at && differs(before, properties)) {
      await updateModelRow(db, model.id, properties)
    }
  }
  const fresh = await withoutAliases(db, added)
  await inChunks(fresh, (chunk) => insertModels(db, chunk))
  return fresh.length
}

/** Of several providers that have a model, its vendor describes it; else the first. */
function describedBest(provided: readonly Provided[]): Iterable<WantedModel> {
  const best = new Map<string, { readonly model: WantedModel; readonly own: boolean }>()
  for (const { offers } of provided) {
    for (const { model, upstreamModel } of offers) {
      const own = !upstreamModel.includes('/')
      const known = best.get(model.id)
      if (!known || (own && !known.own)) best.set(model.id, { model, own })
    }
  }
  return best.values().map(({ model }) => model)
}

type Properties = Pick<
  ModelRow,
  | 'name'
  | 'description'
  | 'context_length'
  | 'output_tokens_max'
  | 'input_modalities'
  | 'output_modalities'
  | 'supported_parameters'
>

const propertiesOf = (model: WantedModel): Properties => ({
  name: model.name,
  description: model.description,
  context_length: model.contextLength ?? null,
  output_tokens_max: model.outputTokensMax ?? null,
  input_modalities: [...model.inputModalities],
  output_modalities: [...model.outputModalities],
  supported_parameters: [...model.supportedParameters],
})

const differs = (row: ModelRow, properties: Properties): boolean =>
  Object.entries(properties).some(
    ([name, value]) => JSON.stringify(row[name as keyof Properties]) !== JSON.stringify(value),
  )

/** A name that the operator gave to a model as an alias is theirs. */
async function withoutAliases(db: Within['db'], rows: readonly ModelRow[]): Promise<readonly ModelRow[]> {
  if (rows.length === 0) return rows
  const taken = new Set(
    (
      await findAliasRows(
        db,
        rows.map(({ id }) => id),
      )
    ).map(({ alias }) => alias),
  )
  return rows.filter(({ id }) => !taken.has(id))
}
