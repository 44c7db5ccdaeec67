import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { partRules } from './convert-parts.ts'
import { embeddingFields } from './embeddings.ts'
import { requestFields } from './request-fields.ts'

const page = readFileSync(new URL('../../../../docs/dialects/gemini.md', import.meta.url), 'utf8')

const rows = (rules: Readonly<Record<string, { handling: string; becomes: string }>>) =>
  Object.entries(rules)
    .map(([name, { handling, becomes }]) => `| \`${name}\` | ${handling} | ${becomes} |`)
    .join('\n')

const tables = { 'chat completions': requestFields, 'content parts': partRules, embeddings: embeddingFields }

for (const [name, rules] of Object.entries(tables)) {
  test(`the reference of Gemini as a provider tells the ${name} as the code has them`, () => {
    const table = rows(rules)
    ok(page.includes(`\n${table}\n\n`), `docs/dialects/gemini.md should have:\n\n${table}\n`)
  })
}
