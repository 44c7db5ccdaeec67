/** Parameters: every value is text on the wire, and every name that is not expected is refused, as Stripe refuses it. */
import { z } from 'zod'
import { invalid, type StripeFault } from './faults.ts'
import type { FormTree } from './form.ts'

const wholeMax = 99_999_999

export const whole = z
  .string()
  .regex(/^-?\d{1,12}$/, 'Invalid integer')
  .transform(Number)

export const natural = whole.refine((value) => value >= 0, 'Must be greater than or equal to 0')

/** An amount in the smallest unit of its currency. */
export const cents = whole
  .refine((value) => value >= 1, 'This value must be greater than or equal to 1.')
  .refine((value) => value <= wholeMax, `Amount must be no more than ${wholeMax}`)

export const flag = z.enum(['true', 'false'], 'Invalid boolean').transform((text) => text === 'true')

/** Some text; empty is refused, as Stripe reads it as "unset". */
export const text = z.string().min(1, 'You passed an empty string').max(5_000, 'Invalid string: too long')

export const url = text.refine((value) => URL.canParse(value), 'Not a valid URL')

export const currency = z
  .string()
  .transform((value) => value.toLowerCase())
  .pipe(z.enum(['usd', 'eur', 'gbp']))

const metadataKeysMax = 50

/** An empty text, for the whole or for a value, takes away. */
export const metadata = z
  .union([
    z.literal(''),
    z.record(z.string().max(40), z.string().max(500)).refine((pairs) => Object.keys(pairs).length <= metadataKeysMax),
  ])
  .transform((pairs) => (pairs === '' ? null : pairs))

/** `before` with what a `metadata` parameter changes. */
export function withMetadata(
  before: Readonly<Record<string, string>> | null | undefined,
  change: Readonly<Record<string, string>> | null | undefined,
): Record<string, string> {
  if (change === null) return {}
  const pairs = Object.entries({ ...before, ...change }).filter(([, value]) => value !== '')
  return Object.fromEntries(pairs)
}

export const range = z.union([
  natural.transform((at) => ({ gte: at, lte: at })),
  z.strictObject({ gt: natural, gte: natural, lt: natural, lte: natural }).partial(),
])

type Range = { readonly [Bound in 'gt' | 'gte' | 'lt' | 'lte']?: number | undefined }

/** Whether a time lies in what a `range` asked for. */
export function isWithin(at: number, asked: Range | undefined): boolean {
  const { gt = -1, gte = 0, lt = Infinity, lte = Infinity } = asked ?? {}
  return at > gt && at >= gte && at < lt && at <= lte
}

/** Parameters of an operation: the compiler refuses those that the SDK does not know of. */
export const paramsOf =
  <P>() =>
  <S extends z.ZodRawShape>(shape: S & Record<Exclude<keyof S, keyof P>, never>) =>
    z.strictObject(shape)

/** What every list takes. */
export const paging = {
  limit: whole.refine((value) => value >= 1 && value <= 100, 'Must be between 1 and 100').optional(),
  starting_after: text.optional(),
  ending_before: text.optional(),
}

export function readParams<T>(schema: z.ZodType<T>, tree: FormTree): T {
  const read = schema.safeParse(tree)
  if (read.success) return read.data
  throw refusal(read.error.issues[0]!, tree)
}

function refusal(issue: z.core.$ZodIssue, tree: FormTree): StripeFault {
  if (issue.code === 'unrecognized_keys') {
    const param = named([...issue.path, issue.keys[0]!])
    return invalid(`Received unknown parameter: ${param} (the emulator knows those that RedPill sends)`, {
      code: 'parameter_unknown',
      param,
    })
  }
  if (issue.code === 'invalid_union' && issue.errors[0]?.[0]) {
    const deepest = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length)[0]!
    return refusal({ ...deepest, path: [...issue.path, ...deepest.path] }, tree)
  }
  const param = named(issue.path)
  if (valueAt(tree, issue.path) === undefined)
    return invalid(`Missing required param: ${param}.`, { code: 'parameter_missing', param })
  if (valueAt(tree, issue.path) === '')
    return invalid(
      `You passed an empty string for '${param}'. We assume empty values are an attempt to unset a parameter; however '${param}' cannot be unset.`,
      {
        code: 'parameter_invalid_empty',
        param,
      },
    )
  return invalid(`Invalid ${param}: ${issue.message}`, { param, ...codeOf(issue) })
}

function codeOf({ message }: z.core.$ZodIssue): { code?: string } {
  if (message === 'Invalid integer') return { code: 'parameter_invalid_integer' }
  if (message === 'Not a valid URL') return { code: 'url_invalid' }
  return {}
}

const named = (path: readonly PropertyKey[]): string =>
  path.map((part, depth) => (depth === 0 ? String(part) : `[${String(part)}]`)).join('')

function valueAt(tree: FormTree, path: readonly PropertyKey[]): unknown {
  let at: unknown = tree
  for (const part of path)
    at = typeof at === 'object' && at !== null ? (at as Record<PropertyKey, unknown>)[part] : undefined
  return at
}
