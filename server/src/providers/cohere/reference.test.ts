import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { roleRules } from './convert-messages.ts'
import { embeddingFields } from './embeddings.ts'
import { requestFields } from './request-fields.ts'
import { rerankFields } from './rerank.ts'

const page = readFileSync(new URL('../../../../docs/dialects/cohere.md', import.meta.url), 'utf8')

const rows = (rules: Readonly<Record<string, { handling: string; becomes: string }>>) =>
  Object.entries(rules)
    .map(([name, { handling, becomes }]) => `| \`${name}\` | ${handling} | ${becomes} |`)
    .join('\n')

const tables = { chat: requestFields, messages: roleRules, embeddings: embeddingFields, rerank: rerankFields }

for (const [name, rules] of Object.entries(tables)) {
  test(`the reference of Cohere as a provider tells ${name} as the code has it`, () => {
    const table = rows(rules)
    ok(page.includes(`\n${table}\n\n`), `docs/dialects/cohere.md should have:\n\n${table}\n`)
  })
}
