import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { itemRules } from './read-input.ts'
import { partRules } from './read-parts.ts'
import { requestFields } from './request-fields.ts'

const page = readFileSync(new URL('../../../../../docs/dialects/responses.md', import.meta.url), 'utf8')

const rows = (rules: Readonly<Record<string, { handling: string; becomes: string }>>) =>
  Object.entries(rules).map(([name, { handling, becomes }]) => `| \`${name}\` | ${handling} | ${becomes} |`)

const tables: Readonly<Record<string, readonly string[]>> = {
  'fields of a request': rows(requestFields),
  'items of the input': rows(itemRules),
  'content parts': rows(partRules),
}

for (const [name, lines] of Object.entries(tables)) {
  test(`the reference of the Responses API tells the ${name} as the code has them`, () => {
    const table = lines.join('\n')
    ok(
      page.includes(`\n${table}\n\n`) || page.endsWith(`\n${table}\n`),
      `docs/dialects/responses.md should have:\n\n${table}\n`,
    )
  })
}
