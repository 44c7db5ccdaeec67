import type { Clock } from '../core/clock.ts'
import { checkBaseUrl, type ResolveName } from '../platform/guard/index.ts'
import { openCompatibleProvider } from './compatible.ts'
import { withoutKey } from './conceal.ts'
import { dialects } from './dialects.ts'
import { fetchModelList, listsModels, type ModelList } from './model-list.ts'
import { nativeApiAt, type Dialect } from './dialect.ts'
import { openTranslatedProvider } from './translated.ts'
import type { Provider, ProviderSettings } from './types.ts'

export type ProviderDeps = {
  readonly clock: Clock
  /** Names are resolved with this instead of the system's resolver. */
  readonly resolve?: ResolveName | undefined
}

export type OpenedProvider =
  | { readonly kind: 'ok'; readonly provider: Provider }
  /** `why` is a sentence for the person who configured it; it never holds the key. */
  | { readonly kind: 'refused'; readonly why: string }

/** Opens a provider from its settings. Nothing is sent, and no name is resolved, before the first call. */
export function openProvider(settings: ProviderSettings, { clock, resolve }: ProviderDeps): OpenedProvider {
  const checked = checkSettings(settings)
  if (checked.kind === 'refused') return checked
  const { dialect } = checked
  const native = nativeApiAt(dialect, checked.settings.baseUrl)
  const provider = native
    ? openTranslatedProvider(checked.settings, native, { clock, resolve })
    : openCompatibleProvider(checked.settings, { dialect, resolve })
  return { kind: 'ok', provider: withoutKey(provider, checked.settings.apiKey) }
}

/** Asks a provider for the models that it serves, within `timeoutMs` in all. */
export async function listUpstreamModels(
  settings: ProviderSettings,
  options: ProviderDeps & { readonly timeoutMs: number },
): Promise<ModelList> {
  const checked = checkSettings(settings)
  if (checked.kind === 'refused') return { kind: 'failed', why: checked.why, isDown: false }
  return fetchModelList(checked.settings, { ...options, dialect: checked.dialect })
}

/** Whether `listUpstreamModels` has somebody to ask; `undefined`: the settings are none of a provider elsewhere. */
export function canListModels(settings: Pick<ProviderSettings, 'dialect' | 'baseUrl'>): boolean | undefined {
  const dialect = dialects.get(settings.dialect)
  return dialect && listsModels(dialect, settings.baseUrl)
}

type CheckedSettings =
  | { readonly kind: 'ok'; readonly settings: ProviderSettings; readonly dialect: Dialect }
  | { readonly kind: 'refused'; readonly why: string }

/** What may stand in a header value, without the spaces that no key has. */
const keyPattern = /^[\x21-\x7e]+$/

const checkKey = (apiKey: string): string | undefined =>
  keyPattern.test(apiKey) ? undefined : 'its key holds characters that cannot be sent'

function checkSettings(settings: ProviderSettings): CheckedSettings {
  const dialect = dialects.get(settings.dialect)
  if (!dialect) return { kind: 'refused', why: `the dialect ${JSON.stringify(settings.dialect)} is unknown` }
  const wrongKey = settings.apiKey === undefined ? undefined : (dialect.speaks?.checkKey ?? checkKey)(settings.apiKey)
  if (wrongKey !== undefined) return { kind: 'refused', why: wrongKey }
  const checked = checkBaseUrl(settings.baseUrl, { ...settings, queryParameter: dialect.baseUrlQuery?.parameter })
  if (checked.kind === 'refused') return { kind: 'refused', why: `its base URL is refused: ${checked.why}` }
  return { kind: 'ok', settings: { ...settings, baseUrl: checked.url }, dialect }
}
