import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { catalogue, type ErrorCode } from '../../../core/errors.ts'
import { turnRules } from './read-messages.ts'
import { partRules } from './read-parts.ts'
import { requestFields } from './request-fields.ts'
import { errorTypes } from './write-error.ts'

const page = readFileSync(new URL('../../../../../docs/dialects/messages.md', import.meta.url), 'utf8')

const rows = (rules: Readonly<Record<string, { handling: string; becomes: string }>>) =>
  Object.entries(rules).map(([name, { handling, becomes }]) => `| \`${name}\` | ${handling} | ${becomes} |`)

const tables: Readonly<Record<string, readonly string[]>> = {
  'fields of a request': rows(requestFields),
  'content blocks': rows({ ...partRules, ...turnRules }),
  errors: Object.entries(errorTypes).map(
    ([code, type]) => `| \`${type}\` | ${catalogue[code as ErrorCode].status} | \`${code}\` |`,
  ),
}

for (const [name, lines] of Object.entries(tables)) {
  test(`the reference of the Messages API tells the ${name} as the code has them`, () => {
    const table = lines.join('\n')
    ok(
      page.includes(`\n${table}\n\n`) || page.endsWith(`\n${table}\n`),
      `docs/dialects/messages.md should have:\n\n${table}\n`,
    )
  })
}
