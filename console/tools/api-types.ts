/**
 * Writes console/src/api/schema.ts, the types of every operation, from docs/openapi.json. The file is not kept in
 * git, so it cannot be out of date: the gate and the build write it whenever it differs.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { typesOf } from './schema-types.ts'

const source = new URL('../../docs/openapi.json', import.meta.url)
const target = new URL('../src/api/schema.ts', import.meta.url)

const text = typesOf(JSON.parse(readFileSync(source, 'utf8')))
let kept = ''
try {
  kept = readFileSync(target, 'utf8')
} catch {
  // The first time.
}
if (kept !== text) writeFileSync(target, text)
