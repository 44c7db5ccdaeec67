import type { Clock } from '../core/clock.ts'
import { dialects } from './dialects.ts'
import { fetchModelList } from './model-list.ts'
import type { Dialect } from './dialect.ts'
import type { ProviderSettings } from './types.ts'

/** A key of ours in a client's variable is for a client on this machine, which the address beside it sends here: to us. */
const ownKey = /^sk-rpm?-/

/**
 * The providers whose keys are in the environment, by the variables that their own libraries read (`OPENAI_API_KEY`, ...).
 * Where the library reads an address too (`OPENAI_BASE_URL`), the key goes there and nowhere else; as the operator set it,
 * it may be private. A provider that has no usual address (Azure) needs both. Empty variables count as absent.
 */
export function providersFromEnvironment(variables: Readonly<Record<string, string | undefined>>): ProviderSettings[] {
  const read = (variable: string | undefined) =>
    variable === undefined ? undefined : variables[variable]?.trim() || undefined
  return [...dialects.values()].flatMap((dialect) => {
    const { id, keyVariable, baseUrlVariable, baseUrl: usual, baseUrlQuery } = dialect
    const found = dialect.fromEnvironment?.(read)
    if (found) return [{ name: id, dialect: id, ...found, allowPrivate: false }]
    const apiKey = read(keyVariable)
    const own = read(baseUrlVariable)
    const address = own ?? usual
    if (apiKey === undefined || address === undefined || ownKey.test(apiKey)) return []
    const query = read(baseUrlQuery?.variable)
    const baseUrl = query === undefined ? address : withQuery(address, baseUrlQuery!.parameter, query)
    return [{ name: id, dialect: id, baseUrl, apiKey, allowPrivate: own !== undefined }]
  })
}

const withQuery = (address: string, parameter: string, value: string): string =>
  address.includes('?') ? address : `${address}?${parameter}=${encodeURIComponent(value)}`

export type FoundProvider = { readonly settings: ProviderSettings; readonly models: readonly string[] }

export type ProbeOptions = {
  readonly clock: Clock
  /** In all: the ports are asked at the same time. */
  readonly timeoutMs: number
  /** Dialect id -> port; the usual ports of the dialects when absent. */
  readonly ports?: Readonly<Record<string, number>>
}

const usualPorts = Object.fromEntries(
  [...dialects.values()].flatMap(({ id, loopbackPort }) => (loopbackPort === undefined ? [] : [[id, loopbackPort]])),
) as Readonly<Record<string, number>>

/** The model servers that run beside us: whatever answers `GET /v1/models` on a usual port with at least one model. */
export async function probeLoopback({ clock, timeoutMs, ports = usualPorts }: ProbeOptions): Promise<FoundProvider[]> {
  const found = await Promise.all(
    Object.entries(ports).map(async ([id, port]): Promise<FoundProvider[]> => {
      const dialect = dialects.get(id)
      if (!dialect) return []
      const settings = loopbackSettings(dialect, port)
      const list = await fetchModelList(settings, { dialect, clock, timeoutMs })
      return list.kind === 'ok' && list.models.length > 0 ? [{ settings, models: list.models }] : []
    }),
  )
  return found.flat()
}

const loopbackSettings = ({ id }: Dialect, port: number): ProviderSettings => ({
  name: id,
  dialect: id,
  baseUrl: `http://127.0.0.1:${port}/v1`,
  apiKey: undefined,
  allowPrivate: true,
})
