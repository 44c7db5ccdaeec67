import { resolve } from 'node:path'
import { z } from 'zod'

/** What the environment decides about payments in crypto. What chains and tokens are taken stands in a file. */
export type CryptoSettings = {
  /** Names the chains, tokens and contracts; `undefined`: no crypto is taken. */
  readonly chainsFile: string | undefined
  /** Signs the quotes that the checkout contracts take. It moves no money. */
  readonly quoteSignerKey: `0x${string}` | undefined
  /** Pays the gas of what others authorised (x402) and of sweeps. It holds nothing but gas. */
  readonly relayerKey: `0x${string}` | undefined
}

const privateKey = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/i, 'must be a private key: 0x and 64 hexadecimal digits')
  .transform((text) => text.toLowerCase() as `0x${string}`)
  .optional()

export const cryptoFields = {
  REDPILL_CHAINS: z.string().min(1).optional(),
  REDPILL_QUOTE_SIGNER_KEY: privateKey,
  REDPILL_RELAYER_KEY: privateKey,
}

type Fields = z.output<z.ZodObject<typeof cryptoFields>>

/** What does not go together. */
export function cryptoProblems(fields: Fields): readonly string[] {
  const { REDPILL_QUOTE_SIGNER_KEY: signer, REDPILL_RELAYER_KEY: relayer } = fields
  return signer !== undefined && signer === relayer
    ? ['REDPILL_RELAYER_KEY must not be the key of REDPILL_QUOTE_SIGNER_KEY: one signs prices, the other pays gas']
    : []
}

export const arrangeCrypto = (fields: Fields): CryptoSettings => ({
  chainsFile: fields.REDPILL_CHAINS === undefined ? undefined : resolve(fields.REDPILL_CHAINS),
  quoteSignerKey: fields.REDPILL_QUOTE_SIGNER_KEY,
  relayerKey: fields.REDPILL_RELAYER_KEY,
})
