import { join, resolve } from 'node:path'
import { z } from 'zod'
import { arrangeCrypto, cryptoFields, cryptoProblems, type CryptoSettings } from './crypto-settings.ts'
import { isNetwork } from './http/index.ts'
import { arrangePayments, paymentFields, paymentProblems, type PaymentSettings } from './payment-settings.ts'
import { arrangeSignIn, signInFields, signInProblems, type SignInSettings } from './sign-in-settings.ts'
import { arrangeStripe, stripeFields, stripeProblems, type StripeSettings } from './stripe-settings.ts'

/** What the environment decides. Read once; every part gets the piece that it needs as an argument. */
export type Config = {
  readonly host: string
  readonly port: number
  readonly dataDirectory: string
  /** `undefined`: the embedded PostgreSQL in the data directory. */
  readonly databaseUrl: string | undefined
  /** `undefined`: a secret made at the first start and kept in the data directory. */
  readonly secret: string | undefined
  readonly processes: number
  /** The origin that people open; `undefined`: this machine's own. */
  readonly publicUrl: string | undefined
  readonly signIn: SignInSettings
  readonly crypto: CryptoSettings
  readonly payments: PaymentSettings
  readonly stripe: StripeSettings
  readonly bodyBytesMax: number
  readonly poolSize: number
  /** Who may read the figures for Prometheus besides the operator. */
  readonly metricsAccess: 'operator' | 'local' | 'open'
  readonly log: { readonly format: 'json' | 'pretty' | 'auto'; readonly level: LogLevel }
  readonly timeouts: CallTimeouts
  /** How long a call waits for credits that other open calls hold, before it is refused. */
  readonly holdWaitMs: number
  /** How long a hold lives after the last sign of its call. */
  readonly holdLifeMs: number
  /** What a call with an account's own key at a provider costs, in basis points of the list price. */
  readonly byokFeeBps: number
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** The header in which such a proxy says from which country a request came; `undefined`: countries are not known. */
  readonly countryHeader: string | undefined
  /** Limits of keys and accounts that have none of their own: per minute, and at once. 0 is none. */
  readonly rateLimits: Readonly<Record<'key' | 'account', Readonly<Record<'requests' | 'tokens' | 'parallel', number>>>>
  /** Whether answers to requests with an Idempotency-Key are stored for 24 hours, sealed. */
  readonly storeAnswers: boolean
  /** How the offers of a model stand when the caller does not say. */
  readonly routeOrder: 'balance' | 'price' | 'latency' | 'throughput'
  /** Whether providers that failed are asked if they are back: not, where it costs nothing, or for a token's price too. */
  readonly probes: 'off' | 'free' | 'paid'
  /** Whether the console is served beside the API. */
  readonly console: boolean
  /** How long running answers may take to finish after a stop was asked for. */
  readonly drainMs: number
  /** Whether model servers on their usual loopback ports are looked for at start. */
  readonly discoverLoopback: boolean
  /** USD per million input and output tokens of models found there; without it they wait for the operator's prices. */
  readonly loopbackPrice: { readonly input: string; readonly output: string } | undefined
}

export type LogLevel = 'error' | 'warn' | 'info' | 'debug'

export type CallTimeouts = {
  readonly connectMs: number
  readonly firstByteMs: number
  readonly idleMs: number
  readonly totalMs: number
}

const integer = (fallback: number, least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))
    .default(fallback)

const seconds = (fallback: number) => integer(fallback, 1, 86_400).transform((value) => value * 1_000)

/** Off unless it is set: what an account may spend is bounded by its credits. */
const limit = integer(0, 0, 1_000_000_000)

const onOff = (fallback: boolean) =>
  z
    .enum(['on', 'off'], { error: 'must be on or off' })
    .transform((value) => value === 'on')
    .default(fallback)

const postgresUrl = z.string().regex(/^postgres(ql)?:\/\//, 'must begin with postgres:// or postgresql://')

function isOrigin(text: string): boolean {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return false
  const { origin, href } = new URL(text)
  return href === `${origin}/`
}

const schema = z.object({
  REDPILL_HOST: z.string().min(1).default('127.0.0.1'),
  REDPILL_PORT: integer(8787, 0, 65_535),
  REDPILL_DATA: z.string().min(1).default('./.redpill'),
  REDPILL_DATABASE_URL: postgresUrl.optional(),
  REDPILL_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  REDPILL_PUBLIC_URL: z
    .string()
    .refine(isOrigin, 'must be an origin such as https://redpill.example, without a path')
    .transform((text) => new URL(text).origin)
    .optional(),
  ...signInFields,
  ...cryptoFields,
  ...paymentFields,
  ...stripeFields,
  REDPILL_PROCESSES: integer(1, 1, 256),
  REDPILL_BODY_MAX_MIB: integer(32, 1, 1_024),
  REDPILL_POOL_SIZE: integer(8, 2, 100),
  REDPILL_LOG_FORMAT: z.enum(['json', 'pretty', 'auto'], { error: 'must be json, pretty or auto' }).default('auto'),
  REDPILL_LOG_LEVEL: z
    .enum(['error', 'warn', 'info', 'debug'], { error: 'must be error, warn, info or debug' })
    .default('info'),
  REDPILL_METRICS: z
    .enum(['operator', 'local', 'open'], { error: 'must be operator, local or open' })
    .default('operator'),
  REDPILL_CONNECT_TIMEOUT_SECONDS: seconds(10),
  REDPILL_FIRST_BYTE_TIMEOUT_SECONDS: seconds(300),
  REDPILL_IDLE_TIMEOUT_SECONDS: seconds(120),
  REDPILL_TOTAL_TIMEOUT_SECONDS: seconds(1_800),
  REDPILL_HOLD_WAIT_SECONDS: seconds(10),
  REDPILL_HOLD_LIFE_SECONDS: seconds(900),
  REDPILL_BYOK_FEE_BPS: integer(500, 0, 10_000),
  REDPILL_TRUSTED_PROXIES: z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .refine((parts) => parts.every(isNetwork), 'must be addresses or networks such as 10.0.0.0/8, with commas between')
    .default([]),
  REDPILL_COUNTRY_HEADER: z
    .string()
    .regex(/^[A-Za-z][A-Za-z0-9-]{0,60}$/, 'must be the name of a header such as cf-ipcountry')
    .transform((name) => name.toLowerCase())
    .optional(),
  REDPILL_RATE_KEY_REQUESTS: limit,
  REDPILL_RATE_KEY_TOKENS: limit,
  REDPILL_RATE_KEY_PARALLEL: limit,
  REDPILL_RATE_ACCOUNT_REQUESTS: limit,
  REDPILL_RATE_ACCOUNT_TOKENS: limit,
  REDPILL_RATE_ACCOUNT_PARALLEL: limit,
  REDPILL_STORE_ANSWERS: onOff(false),
  REDPILL_ROUTE_ORDER: z
    .enum(['balance', 'price', 'latency', 'throughput'], { error: 'must be balance, price, latency or throughput' })
    .default('balance'),
  REDPILL_PROBES: z.enum(['off', 'free', 'paid'], { error: 'must be off, free or paid' }).default('free'),
  REDPILL_CONSOLE: onOff(true),
  REDPILL_DRAIN_SECONDS: seconds(30),
  REDPILL_DISCOVER: onOff(true),
  REDPILL_LOOPBACK_PRICE: z
    .string()
    .regex(/^\d+(\.\d{1,9})?\/\d+(\.\d{1,9})?$/, 'must be USD per million tokens in and out, such as 0.02/0.06')
    .optional(),
})

export type ConfigRead =
  | { readonly kind: 'read'; readonly config: Config }
  /** Everything that is wrong, each as a sentence that names its variable. Values are not repeated: they may be secret. */
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }

/** Reads the configuration; empty variables count as unset, unknown `REDPILL_` ones are problems (they are typing errors). */
export function readConfig(
  variables: Readonly<Record<string, string | undefined>>,
  known: readonly string[] = [],
): ConfigRead {
  const given = Object.fromEntries(
    Object.entries(variables).filter(
      ([name, value]) => (name.startsWith('REDPILL_') || Object.hasOwn(schema.shape, name)) && (value ?? '') !== '',
    ),
  )
  const names = new Set([...Object.keys(schema.shape), ...known])
  const unknown = Object.keys(given).filter((name) => !names.has(name))
  const parsed = schema.safeParse(given)
  const problems = [
    ...unknown.map((name) => `${name} is not a setting of RedPill`),
    ...(parsed.error?.issues ?? []).map((issue) => `${issue.path.join('.')} ${issue.message}`),
    ...(parsed.success
      ? [signInProblems, cryptoProblems, paymentProblems, stripeProblems].flatMap((of) => of(parsed.data))
      : []),
  ]
  if (!parsed.success || problems.length > 0) return { kind: 'invalid', problems }
  return { kind: 'read', config: arrange(parsed.data) }
}

function arrange(settings: z.output<typeof schema>): Config {
  return {
    host: settings.REDPILL_HOST,
    port: settings.REDPILL_PORT,
    dataDirectory: resolve(settings.REDPILL_DATA),
    databaseUrl: settings.REDPILL_DATABASE_URL,
    secret: settings.REDPILL_SECRET,
    processes: settings.REDPILL_PROCESSES,
    publicUrl: settings.REDPILL_PUBLIC_URL,
    signIn: arrangeSignIn(settings),
    crypto: arrangeCrypto(settings),
    payments: arrangePayments(settings),
    stripe: arrangeStripe(settings),
    bodyBytesMax: settings.REDPILL_BODY_MAX_MIB * 1_048_576,
    poolSize: settings.REDPILL_POOL_SIZE,
    metricsAccess: settings.REDPILL_METRICS,
    log: { format: settings.REDPILL_LOG_FORMAT, level: settings.REDPILL_LOG_LEVEL },
    timeouts: {
      connectMs: settings.REDPILL_CONNECT_TIMEOUT_SECONDS,
      firstByteMs: settings.REDPILL_FIRST_BYTE_TIMEOUT_SECONDS,
      idleMs: settings.REDPILL_IDLE_TIMEOUT_SECONDS,
      totalMs: settings.REDPILL_TOTAL_TIMEOUT_SECONDS,
    },
    holdWaitMs: settings.REDPILL_HOLD_WAIT_SECONDS,
    holdLifeMs: settings.REDPILL_HOLD_LIFE_SECONDS,
    byokFeeBps: settings.REDPILL_BYOK_FEE_BPS,
    trustedProxies: settings.REDPILL_TRUSTED_PROXIES,
    countryHeader: settings.REDPILL_COUNTRY_HEADER,
    rateLimits: {
      key: {
        requests: settings.REDPILL_RATE_KEY_REQUESTS,
        tokens: settings.REDPILL_RATE_KEY_TOKENS,
        parallel: settings.REDPILL_RATE_KEY_PARALLEL,
      },
      account: {
        requests: settings.REDPILL_RATE_ACCOUNT_REQUESTS,
        tokens: settings.REDPILL_RATE_ACCOUNT_TOKENS,
        parallel: settings.REDPILL_RATE_ACCOUNT_PARALLEL,
      },
    },
    storeAnswers: settings.REDPILL_STORE_ANSWERS,
    routeOrder: settings.REDPILL_ROUTE_ORDER,
    probes: settings.REDPILL_PROBES,
    console: settings.REDPILL_CONSOLE,
    drainMs: settings.REDPILL_DRAIN_SECONDS,
    discoverLoopback: settings.REDPILL_DISCOVER,
    loopbackPrice: readPricePair(settings.REDPILL_LOOPBACK_PRICE),
  }
}

function readPricePair(text: string | undefined): Config['loopbackPrice'] {
  const [input, output] = text?.split('/') ?? []
  return input === undefined || output === undefined ? undefined : { input, output }
}

/** Where the first run leaves the keys that it made. */
export const bootstrapFile = (config: Pick<Config, 'dataDirectory'>): string =>
  join(config.dataDirectory, 'bootstrap.json')
