import { z } from '@hono/zod-openapi'
import { checkBaseUrl } from '../../platform/guard/index.ts'
import type { ProviderRecord } from '../../catalog/index.ts'
import { dialects } from '../../providers/index.ts'
import { invalid } from '../faults.ts'

export const dialectField = z.enum([...dialects.keys()] as [string, ...string[]], {
  error: `must be one of ${[...dialects.keys()].join(', ')}`,
})
export const baseUrlField = z.string().min(1).max(2_000).openapi({ example: 'https://api.example.com/v1' })
export const apiKeyField = z
  .string()
  .min(1)
  .max(10_000)
  .regex(/^([\x21-\x7e]+|\s*\{[\s\x20-\x7e]+\}\s*)$/, {
    error: 'must be visible ASCII characters, without spaces, or the JSON of a key file',
  })
export const allowPrivateField = z
  .boolean()
  .openapi({ description: 'Whether loopback and private addresses may be called.' })

export function baseUrlOf(
  text: string,
  { dialect, allowPrivate }: Pick<ProviderRecord, 'dialect' | 'allowPrivate'>,
): string {
  const queryParameter = dialects.get(dialect)?.baseUrlQuery?.parameter
  const checked = checkBaseUrl(text, { allowPrivate, queryParameter })
  if (checked.kind === 'refused') throw invalid(`base_url: ${checked.why}`, 'base_url')
  return checked.url
}
