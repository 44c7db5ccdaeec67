import { ok } from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

type Rules = Readonly<Record<string, { readonly handling: string; readonly becomes: string }>>

const tableOf = (rules: Rules): string =>
  Object.entries(rules)
    .map(([name, { handling, becomes }]) => `| \`${name}\` | ${handling} | ${becomes} |`)
    .join('\n')

/** Compares the tables of a page in docs/dialects with the rules that the code goes by. */
export function checkReference(pageName: string, tables: Readonly<Record<string, Rules>>): void {
  const page = readFileSync(new URL(`../../../../docs/dialects/${pageName}`, import.meta.url), 'utf8')
  for (const [name, rules] of Object.entries(tables)) {
    test(`docs/dialects/${pageName} tells of ${name} what the code does`, () => {
      const table = tableOf(rules)
      ok(page.includes(`\n${table}\n`), `docs/dialects/${pageName} should have:\n\n${table}\n`)
    })
  }
}
