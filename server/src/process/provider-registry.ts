import type { Clock } from '../core/clock.ts'
import type { Uuid } from '../core/ids.ts'
import type { ConnectedProvider } from '../gateway/index.ts'
import type { Log } from '../platform/log.ts'
import { dialects, openProvider, type Provider, type ProviderSettings } from '../providers/index.ts'

/** The providers of the catalog, each opened at its first use and again when its settings change. */
export type ProviderRegistry = {
  readonly find: (providerId: Uuid) => ConnectedProvider | undefined
  readonly close: () => Promise<void>
}

export type ProviderRegistryOptions = {
  readonly local: Provider
  /** The settings as of now, with the key opened; `undefined` for a provider that is gone or disabled. */
  readonly settingsOf: (providerId: Uuid) => ProviderSettings | undefined
  readonly clock: Clock
  readonly log: Log
}

type Entry = { readonly settings: ProviderSettings; readonly connected: ConnectedProvider | undefined }

/** How long calls under way may go on with a provider whose settings were changed. */
const lingerMs = 60 * 60_000

export function openProviderRegistry({ local, settingsOf, clock, log }: ProviderRegistryOptions): ProviderRegistry {
  const entries = new Map<Uuid, Entry>()
  const retired = new Map<Provider, NodeJS.Timeout>()

  function retire({ connected }: Entry): void {
    if (!connected || connected.provider === local) return
    const { provider } = connected
    const timer = setTimeout(() => {
      retired.delete(provider)
      void provider.close()
    }, lingerMs)
    retired.set(provider, timer.unref())
  }

  function connect(settings: ProviderSettings): ConnectedProvider | undefined {
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

  return {
    find(providerId) {
      const settings = settingsOf(providerId)
      const entry = entries.get(providerId)
      if (entry && entry.settings === settings) return entry.connected
      if (entry) retire(entry)
      entries.delete(providerId)
      if (!settings) return undefined
      const fresh: Entry = { settings, connected: connect(settings) }
      entries.set(providerId, fresh)
      return fresh.connected
    },
    async close() {
      for (const timer of retired.values()) clearTimeout(timer)
      const open = [...entries.values()].flatMap(({ connected }) => (connected ? [connected.provider] : []))
      await Promise.all([...new Set([...open, ...retired.keys(), local])].map((provider) => provider.close()))
    },
  }
}
