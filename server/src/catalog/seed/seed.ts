import type { Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Secrets } from '../../platform/secrets.ts'
import { inTransaction } from '../../platform/transaction.ts'
import type { ProviderConnection } from '../open.ts'
import { sealKey } from '../providers.ts'
import { listAllProviderRows, insertProvider, updateProviderRow } from '../store/providers.ts'
import { lockCatalog, type ProviderRow } from '../store/tables.ts'
import { seedModels } from './seed-models.ts'
import { seedOffers } from './seed-offers.ts'
import { seedPrices } from './seed-prices.ts'
import {
  type BuiltInModel,
  type LoopbackPrice,
  type SeedProvider,
  wantedBuiltIns,
  wantedFrom,
  type WantedOffer,
} from './wanted.ts'

export type SeedOptions = {
  readonly db: Db
  readonly secrets: Pick<Secrets, 'seal' | 'open'>
  readonly clock: Clock
  readonly makeId: MakeId
  readonly builtIn: { readonly name: string; readonly models: readonly BuiltInModel[] }
  /** All of them, each time: one that is missing rests until it is back. */
  readonly providers: readonly SeedProvider[]
  /** For models without a price list. Unless set they have no price and are refused until the operator prices them. */
  readonly loopbackPrice?: LoopbackPrice | undefined
}

export type Seeded = {
  readonly modelsAdded: number
  readonly offersAdded: number
  readonly pricesAdded: number
  /** Providers of the environment whose name the operator uses, or has deleted. */
  readonly providersSkipped: readonly string[]
}

/**
 * Fills the catalog from the environment. Done at each start, by any number of processes: adds what is new, adds a price
 * only where the list's has changed, and never touches what the operator made, changed, priced or deleted.
 */
export function seedCatalog(options: SeedOptions): Promise<Seeded> {
  return inTransaction(options.db, async (db) => {
    await lockCatalog(db)
    const within = { ...options, db, now: new Date(options.clock.nowMs()) }
    const rows = new Map((await listAllProviderRows(db)).map((row) => [row.name, row]))
    const provided: Provided[] = []
    const providersSkipped: string[] = []
    for (const { connection, source, offers, complete } of wantedProviders(options)) {
      const providerId = await seedProvider(within, rows.get(connection.name), connection, source)
      if (providerId === undefined) providersSkipped.push(connection.name)
      else provided.push({ providerId, offers, complete })
    }
    const present = new Set(provided.map(({ providerId }) => providerId))
    for (const { id, source, available } of rows.values()) {
      if (source !== 'operator' && available && !present.has(id)) await updateProviderRow(db, id, { available: false })
    }
    const modelsAdded = await seedModels(within, provided)
    const { added: offersAdded, seeded } = await seedOffers(within, provided)
    return { modelsAdded, offersAdded, pricesAdded: await seedPrices(within, seeded), providersSkipped }
  })
}

export type Within = SeedOptions & { readonly now: Date }

/** What a provider that is there offers. */
export type Provided = {
  readonly providerId: Uuid
  readonly offers: readonly WantedOffer[]
  /** Whether nothing else is offered: the provider itself told what it has. */
  readonly complete: boolean
}

type WantedProvider = Omit<Provided, 'providerId'> & {
  readonly connection: ProviderConnection
  readonly source: ProviderRow['source']
}

function wantedProviders({ builtIn, providers, loopbackPrice }: SeedOptions): readonly WantedProvider[] {
  const inside = { dialect: 'local', baseUrl: '', apiKey: undefined, allowPrivate: true }
  return [
    {
      connection: { name: builtIn.name, ...inside },
      source: 'built-in',
      offers: wantedBuiltIns(builtIn.models),
      complete: true,
    },
    ...providers.map((provider) => ({
      connection: provider.settings,
      source: 'environment' as const,
      offers: wantedFrom(provider, loopbackPrice),
      complete: provider.upstreamModels !== undefined,
    })),
  ]
}

/** Makes the provider or brings it up to date; `undefined` when its name is the operator's, or was deleted by them. */
async function seedProvider(
  { db, secrets, makeId, now }: Within,
  before: ProviderRow | undefined,
  connection: ProviderConnection,
  source: ProviderRow['source'],
): Promise<Uuid | undefined> {
  if (before && (before.deleted_at || before.source !== source)) return undefined
  const { name, dialect, baseUrl, apiKey, allowPrivate } = connection
  const settings = { dialect, base_url: baseUrl, allow_private: allowPrivate, available: true }
  if (!before) {
    const row = { id: makeId(), name, ...settings, api_key_sealed: sealKey(apiKey, secrets), source, disabled: false }
    await insertProvider(db, { ...row, facts: {}, created_at: now, deleted_at: null })
    return row.id
  }
  const sameKey = openedKey(before, secrets) === apiKey
  const same = before.dialect === dialect && before.base_url === baseUrl && before.allow_private === allowPrivate
  if (sameKey && same && before.available) return before.id
  const api_key_sealed = sameKey ? before.api_key_sealed : sealKey(apiKey, secrets)
  await updateProviderRow(db, before.id, { ...settings, api_key_sealed })
  return before.id
}

/** What was sealed under a secret that is lost is as good as absent. */
function openedKey({ api_key_sealed: sealed }: ProviderRow, secrets: Pick<Secrets, 'open'>): string | undefined {
  try {
    return sealed === null ? undefined : secrets.open(sealed)
  } catch {
    return undefined
  }
}
