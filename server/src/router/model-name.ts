import type { CatalogSnapshot, Model } from '../catalog/index.ts'
import type { Sort } from './policy.ts'

/** What a suffix of a model's name asks for, in OpenRouter's words. */
export type Wish = { readonly sort?: Sort; readonly free?: true }

const suffixes: Readonly<Record<string, Wish>> = {
  ':nitro': { sort: 'throughput' },
  ':floor': { sort: 'price' },
  ':free': { free: true },
}

const noWish: Wish = {}

export type Named = { readonly model: Model; readonly wish: Wish }

/** The model that a caller names. A model whose own id ends like a suffix goes before the suffix. */
export function findNamed(snapshot: CatalogSnapshot, name: string): Named | undefined {
  const literal = snapshot.findModel(name)
  if (literal) return { model: literal, wish: noWish }
  const at = name.lastIndexOf(':')
  const suffix = at === -1 ? '' : name.slice(at).toLowerCase()
  if (!Object.hasOwn(suffixes, suffix)) return undefined
  const model = snapshot.findModel(name.slice(0, at))
  return model && { model, wish: suffixes[suffix]! }
}
