import { equal } from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { compileContracts, compilerInput, compilerVersion } from '../tools/compile.ts'

const root = join(import.meta.dirname, '..', '..')
const published = ['contracts/artifacts', 'contracts/dev/artifacts']

/** A pair of sources and artifacts that was found to match needs no compiler a second time. */
const known = join(root, '.cache', 'contracts')

test('the artifacts are what the sources compile to', (t) => {
  const input = compilerInput()
  const hash = createHash('sha256').update(compilerVersion()).update(input)
  for (const folder of published)
    for (const file of readFiles(folder)) hash.update(readFileSync(join(root, file), 'utf8'))
  const stamp = join(known, hash.digest('hex'))
  if (existsSync(stamp)) {
    t.diagnostic('the same sources and artifacts were compared before')
    return
  }
  const compiled = compileContracts(input)
  const stale = 'differs from its sources: run `npm run contracts`'
  for (const [path, text] of compiled) equal(readFileSync(join(root, path), 'utf8'), text, `${path} ${stale}`)
  const written = published.flatMap(readFiles)
  equal(written.join(), [...compiled.keys()].toSorted().join(), 'each artifact has a source')
  mkdirSync(known, { recursive: true })
  writeFileSync(stamp, '')
})

function readFiles(folder: string): string[] {
  return readdirSync(join(root, folder))
    .toSorted()
    .map((file) => `${folder}/${file}`)
}
