/** The door of the Stripe emulator: for tests, and for `npm run dev:stripe`. */
import { randomBytes } from 'node:crypto'
import { runEmulator, type EmulatorSettings, type StripeEmulator } from './emulator.ts'

export type { Chaos } from './chaos.ts'
export type { StripeEmulator } from './emulator.ts'

export type EmulatorOptions = Partial<EmulatorSettings> & {
  /** Closes it at the end of a test. */
  readonly after?: (cleanup: () => Promise<void>) => void
}

/** What the emulator takes for a key, and signs with, unless it is told otherwise. They are worth nothing anywhere else. */
export const developmentKey = 'sk_test_redpill_emulator'
export const developmentSecret = 'whsec_redpill_emulator'

/** Starts an emulator with nothing in it. Refuses to start where the environment says that it is production. */
export async function startStripeEmulator({ after, ...options }: EmulatorOptions = {}): Promise<StripeEmulator> {
  if (process.env['NODE_ENV'] === 'production') throw new Error('The Stripe emulator does not run in production.')
  const emulator = await runEmulator({
    clock: { nowMs: () => Date.now() },
    chance: { bytes: (length) => randomBytes(length) },
    port: 0,
    secretKey: developmentKey,
    webhookSecret: developmentSecret,
    ...options,
  })
  after?.(emulator.close)
  return emulator
}
