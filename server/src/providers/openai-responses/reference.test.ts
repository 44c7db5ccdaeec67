import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { roleRules } from './convert-messages.ts'
import { partRules } from './convert-parts.ts'
import { requestFields } from './request-fields.ts'

const page = readFileSync(new URL('../../../../docs/dialects/openai-responses.md', import.meta.url), 'utf8')

const rows = (rules: Readonly<Record<string, { handling: string; becomes: string }>>) =>
  Object.entries(rules)
    .map(([name, { handling, becomes }]) => `| \`${name}\` | ${handling} | ${becomes} |`)
    .join('\n')

const tables = { 'fields of a request': requestFields, messages: roleRules, 'content parts': partRules }

for (const [name, rules] of Object.entries(tables)) {
  test(`the reference of the Responses API as an upstream tells the ${name} as the code has them`, () => {
    const table = rows(rules)
    ok(page.includes(`\n${table}\n\n`), `docs/dialects/openai-responses.md should have:\n\n${table}\n`)
  })
}
