/** `npm run contracts`: compiles the contracts into typed artifacts, which are committed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileContracts, compilerInput } from './compile.ts'

const root = join(import.meta.dirname, '..', '..')
for (const [path, text] of compileContracts(compilerInput())) {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
  process.stdout.write(`${path} ${text.length} bytes\n`)
}
