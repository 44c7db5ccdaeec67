import { dialects } from './dialects.ts'
import { fetchModelList } from './model-list.ts'
import type { Dialect, ProviderSettings } from './types.ts'

/**
 * The providers whose keys are in the environment, by the variables that their own libraries read (`OPENAI_API_KEY`, ...).
 * An address other than the usual one goes with it: `OPENAI_BASE_URL` beside `OPENAI_API_KEY`, and so on. It is the
 * operator's own, so a private one is allowed. Empty variables count as absent.
 */
export function providersFromEnvironment(variables: Readonly<Record<string, string | undefined>>): ProviderSettings[] {
  return [...dialects.values()].flatMap(({ id, keyVariable, baseUrl }) => {
    const apiKey = keyVariable && variables[keyVariable]?.trim()
    if (!keyVariable || !apiKey || !baseUrl) return []
    const ownBaseUrl = variables[keyVariable.replace(/_(API_KEY|TOKEN)$/, '_BASE_URL')]?.trim()
    const settings = { name: id, dialect: id, apiKey }
    return [{ ...settings, baseUrl: ownBaseUrl || baseUrl, allowPrivate: Boolean(ownBaseUrl) }]
  })
}

export type FoundProvider = { readonly settings: ProviderSettings; readonly models: readonly string[] }

export type ProbeOptions = {
  /** In all: the ports are asked at the same time. */
  readonly timeoutMs: number
  /** Dialect id -> port; the usual ports of the dialects when absent. */
  readonly ports?: Readonly<Record<string, number>>
}

const usualPorts = Object.fromEntries(
  [...dialects.values()].flatMap(({ id, loopbackPort }) => (loopbackPort === undefined ? [] : [[id, loopbackPort]])),
) as Readonly<Record<string, number>>

/** The model servers that run beside us: whatever answers `GET /v1/models` on a usual port with at least one model. */
export async function probeLoopback({ timeoutMs, ports = usualPorts }: ProbeOptions): Promise<FoundProvider[]> {
  const found = await Promise.all(
    Object.entries(ports).map(async ([id, port]): Promise<FoundProvider[]> => {
      const dialect = dialects.get(id)
      if (!dialect) return []
      const settings = loopbackSettings(dialect, port)
      const list = await fetchModelList(settings, { dialect, timeoutMs })
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
