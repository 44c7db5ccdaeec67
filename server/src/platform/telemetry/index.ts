import type { SdkOptions } from './sdk.ts'
import { readTelemetrySettings } from './settings.ts'
import type { Telemetry } from './types.ts'

export type { Measurement, SpanAttributes, Telemetry, ToldCall, ToldSpan } from './types.ts'

export type TelemetryOptions = Omit<SdkOptions, 'settings'> & {
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** Exports traces and metrics where OpenTelemetry's variables say so; `undefined`, and nothing loaded, where they do not. */
export async function openTelemetry({ environment, ...options }: TelemetryOptions): Promise<Telemetry | undefined> {
  const settings = readTelemetrySettings(environment)
  if (!settings) return undefined
  const { openSdk } = await import('./sdk.ts')
  return openSdk({ settings, ...options })
}
