import { Stripe } from 'stripe'
import { atEnd, type Scope } from '../../../server/test/support/scope.ts'
import { startStripeEmulator, type EmulatorOptions, type StripeEmulator } from '../index.ts'

/** The client of a running emulator, as the server makes its own. */
export function clientOf({ url, secretKey }: Pick<StripeEmulator, 'url' | 'secretKey'>, networkRetries = 0): Stripe {
  const { hostname, port } = new URL(url)
  return new Stripe(secretKey, {
    ...{ host: hostname, port, protocol: 'http', maxNetworkRetries: networkRetries, telemetry: false },
  })
}

export type Opened = { readonly emulator: StripeEmulator; readonly stripe: Stripe }

export async function openEmulator(t: Scope, options: EmulatorOptions = {}): Promise<Opened> {
  const emulator = await startStripeEmulator({ after: (cleanup) => atEnd(t, cleanup), ...options })
  return { emulator, stripe: clientOf(emulator) }
}

export type Variant = {
  readonly name: string
  /** Why it does not run here. */
  readonly skip: string | false
  readonly open: (after: (cleanup: () => Promise<void>) => void) => Promise<Stripe>
}

const realKey = process.env['REDPILL_TEST_STRIPE_KEY'] ?? ''

/** Where the contract is checked: at the emulator, and at Stripe itself where somebody gives a key of their test mode. */
export const variants: readonly Variant[] = [
  { name: 'the emulator', skip: false, open: async (after) => clientOf(await startStripeEmulator({ after })) },
  {
    name: "Stripe's test mode",
    skip: realKey.startsWith('sk_test_')
      ? false
      : 'REDPILL_TEST_STRIPE_KEY has no key of Stripe in test mode (sk_test_...)',
    open: () => Promise.resolve(new Stripe(realKey, { maxNetworkRetries: 2, telemetry: false })),
  },
]
