import type { Clock } from '../core/clock.ts'
import type { Uuid } from '../core/ids.ts'
import type { OwnKey } from '../accounts/index.ts'
import type { ConnectedProvider } from '../gateway/index.ts'
import type { Log } from '../platform/log.ts'
import type { Secrets } from '../platform/secrets.ts'
import { dialects, openProvider, type Provider, type ProviderSettings } from '../providers/index.ts'

/** The providers of the catalog, each opened at its first use and again when its settings change. */
export type ProviderRegistry = {
  /** With the operator's key, or with an account's own. */
  readonly find: (providerId: Uuid, own?: OwnKey) => ConnectedProvider | undefined
  readonly close: () => Promise<void>
}

export type ProviderRegistryOptions = {
  readonly local: Provider
  /** The settings as of now, with the key opened; `undefined` for a provider that is gone or disabled. */
  readonly settingsOf: (providerId: Uuid) => ProviderSettings | undefined
  readonly secrets: Pick<Secrets, 'open'>
  readonly clock: Clock
  readonly log: Log
}

/** What a connection was made from. */
type From = {
  readonly settings: ProviderSettings | undefined
  /** The own key, sealed; absent for the operator's. */
  readonly sealed: string | undefined
}

type Entry = From & { readonly connected: ConnectedProvider | undefined }

/** Connections with accounts' own keys that are kept; the one that was opened first is closed first. */
const ownMax = 1_000

/** How long calls under way may go on with a provider whose settings were changed. */
const lingerMs = 60 * 60_000

export function openProviderRegistry(options: ProviderRegistryOptions): ProviderRegistry {
  const { local, settingsOf, secrets, log } = options
  const retired = openRetired(local)
  const connect = (settings: ProviderSettings) => connectTo(settings, options)
  const operators = openShelf(connect, (entry) => retired.put(entry), Infinity)
  const owned = openShelf(connect, (entry) => retired.put(entry), ownMax)

  /** The settings with an account's own key; `undefined` when it cannot be opened any more. */
  function withOwnKey(settings: ProviderSettings, own: OwnKey): ProviderSettings | undefined {
    try {
      return { ...settings, apiKey: secrets.open(own.sealed) }
    } catch {
      log.error("an account's own key was sealed under another secret", { provider: settings.name, own_key: own.id })
      return undefined
    }
  }

  return {
    find(providerId, own) {
      const settings = settingsOf(providerId)
      if (own && settings) return owned.find(own.id, { settings, sealed: own.sealed }, () => withOwnKey(settings, own))
      return operators.find(providerId, { settings, sealed: undefined }, () => settings)
    },
    async close() {
      retired.stop()
      const open = [...operators.open(), ...owned.open(), ...retired.all(), local]
      await Promise.all([...new Set(open)].map((provider) => provider.close()))
    },
  }
}

function connectTo(
  settings: ProviderSettings,
  { local, clock, log }: ProviderRegistryOptions,
): ConnectedProvider | undefined {
  const dialect = dialects.get(settings.dialect)
  const shape = {
    maxTokensField: dialect?.maxTokensField ?? ('max_tokens' as const),
    streamUsage: dialect?.streamUsage ?? true,
    needsMaxTokens: dialect?.needsMaxTokens ?? false,
  }
  if (settings.dialect === 'local') return { provider: local, ...shape }
  const opened = openProvider(settings, { clock })
  if (opened.kind === 'ok') return { provider: opened.provider, ...shape }
  log.error('a provider cannot be used', { provider: settings.name, why: opened.why })
  return undefined
}

/** Connections by id, each made at its first use and again when what it was made from has changed. */
function openShelf(
  connect: (settings: ProviderSettings) => ConnectedProvider | undefined,
  retire: (entry: Entry) => void,
  most: number,
) {
  const entries = new Map<Uuid, Entry>()

  function drop(id: Uuid): void {
    const entry = entries.get(id)
    if (entry) retire(entry)
    entries.delete(id)
  }

  return {
    find(id: Uuid, from: From, settingsNow: () => ProviderSettings | undefined): ConnectedProvider | undefined {
      const entry = entries.get(id)
      if (entry && entry.settings === from.settings && entry.sealed === from.sealed) return entry.connected
      drop(id)
      if (!from.settings) return undefined
      const settings = settingsNow()
      const fresh: Entry = { ...from, connected: settings && connect(settings) }
      entries.set(id, fresh)
      const [oldest] = entries.keys()
      if (entries.size > most && oldest !== undefined) drop(oldest)
      return fresh.connected
    },
    open: () => [...entries.values()].flatMap(({ connected }) => (connected ? [connected.provider] : [])),
  }
}

/** Providers that are used no more, but for calls under way. */
function openRetired(local: Provider) {
  const retired = new Map<Provider, NodeJS.Timeout>()
  return {
    put({ connected }: Entry): void {
      if (!connected || connected.provider === local) return
      const { provider } = connected
      const timer = setTimeout(() => {
        retired.delete(provider)
        void provider.close()
      }, lingerMs)
      retired.set(provider, timer.unref())
    },
    stop() {
      for (const timer of retired.values()) clearTimeout(timer)
    },
    all: () => retired.keys(),
  }
}
