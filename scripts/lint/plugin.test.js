import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { root } from '../setup.js'

/** A file with a name of its own (`x7.ts` for `x.ts`) for each case, all linted in one run by the project's own rules. */
const house = mkdtempSync(join(tmpdir(), 'redpill-lint-'))
after(() => rmSync(house, { recursive: true }))
let cases = 0

/** @param {string} path @param {string} source */
function write(path, source) {
  mkdirSync(dirname(join(house, path)), { recursive: true })
  writeFileSync(join(house, path), source)
}

/** @param {string} path @param {string} source @returns {string} the path that it got */
function addCase(path, source) {
  const own = path.replace(/\bx\./, `x${++cases}.`)
  write(own, source)
  return own
}

const importing = (/** @type {string} */ specifier) =>
  `import { value } from '${specifier}'\nexport const seen = value\n`

/** @type {[title: string, path: string, specifier: string, allowed: boolean][]} */
const imports = [
  ['core imports no feature', 'server/src/core/x.ts', '../credits/index.ts', false],
  ['core imports no package, not even of Node', 'server/src/core/x.ts', 'node:crypto', false],
  ['platform imports core', 'server/src/platform/x.ts', '../core/ids.ts', true],
  ['platform imports no feature', 'server/src/platform/x.ts', '../credits/index.ts', false],
  ['providers import no money', 'server/src/providers/openai/x.ts', '../../credits/index.ts', false],
  ['credits import nothing above them', 'server/src/credits/x.ts', '../api/index.ts', false],
  ['a feature is imported through its door', 'server/src/accounts/x.ts', '../credits/index.ts', true],
  ['a feature is not imported past its door', 'server/src/accounts/x.ts', '../credits/settle.ts', false],
  [
    'a folder of platform is imported through its door',
    'server/src/credits/x.ts',
    '../platform/database/index.ts',
    true,
  ],
  [
    'a folder of platform is not imported past its door',
    'server/src/credits/x.ts',
    '../platform/database/pool.ts',
    false,
  ],
  ['nobody imports api', 'server/src/gateway/x.ts', '../api/index.ts', false],
  ['what stands above the features imports every door', 'server/src/x.ts', './api/index.ts', true],
  ['what stands above the features opens doors only', 'server/src/x.ts', './credits/settle.ts', false],
  ['no feature imports what stands above', 'server/src/credits/x.ts', '../app.ts', false],
  ['shipped code imports no test code', 'server/src/credits/x.ts', '../../test/upstream.ts', false],
  ['a test imports test code', 'server/src/credits/x.test.ts', '../../test/upstream.ts', true],
  ['a test of a lower feature may use a higher one', 'server/src/credits/x.test.ts', '../api/index.ts', true],
  ['a feature that is not in the table is told so', 'server/src/novelty/x.ts', '../core/ids.ts', false],
  ['a page imports the shared rooms of the console', 'console/src/pages/keys/x.tsx', '../../ui/button.tsx', true],
  ['a page imports its own files', 'console/src/pages/keys/x.tsx', './key-row.tsx', true],
  ['a page imports no other page', 'console/src/pages/keys/x.tsx', '../credits/credits-page.tsx', false],
  ['what all pages share imports no page', 'console/src/ui/x.tsx', '../pages/keys/keys-page.tsx', false],
  ['what is drawn asks no server', 'console/src/ui/x.tsx', '../api/query.ts', false],
  ['the console reads the interface of a contract', 'console/src/lib/x.ts', '../../../contracts/artifacts/x.ts', true],
  [
    'the server reads the interface of a contract',
    'server/src/payments/x.ts',
    '../../../contracts/artifacts/x.ts',
    true,
  ],
  ['the server ships no tool', 'server/src/payments/x.ts', '../../../dev/chain/index.ts', false],
  ['a test may start one', 'server/src/payments/x.test.ts', '../../../dev/chain/index.ts', true],
  ['the console imports nothing of the server', 'console/src/lib/x.ts', '../../../server/src/core/money.ts', false],
  ['only the database folder imports pg', 'server/src/credits/x.ts', 'pg', false],
]

/** @type {[rule: string, path: string, source: string][]} */
const caught = [
  ['redpill(borders)', 'server/src/core/x.ts', `export * from '../credits/index.ts'\n`],
  ['redpill(borders)', 'server/src/core/x.ts', `export const load = () => import('../credits/index.ts')\n`],
  [
    'redpill(borders)',
    'server/src/core/x.ts',
    `import type { value } from '../credits/index.ts'\nexport type V = typeof value\n`,
  ],
  [
    'redpill(sql-in-store)',
    'server/src/credits/x.ts',
    'declare const sql: typeof String.raw\nexport const q = sql`select 1`\n',
  ],
  [
    'redpill(sql-in-store)',
    'server/src/credits/x.ts',
    `export const q = (db: { selectFrom(t: string): void }) => db.selectFrom('hold')\n`,
  ],
  [
    'redpill(sql-in-store)',
    'server/src/credits/x.ts',
    `export const q = (db: { query(t: string): void }) => db.query('select 1')\n`,
  ],
  ['redpill(no-ambient)', 'server/src/credits/x.ts', 'export const now = () => Date.now()\n'],
  ['redpill(no-ambient)', 'server/src/credits/x.ts', 'export const now = () => new Date()\n'],
  ['redpill(no-ambient)', 'server/src/credits/x.ts', 'export const roll = () => Math.random()\n'],
  ['redpill(no-ambient)', 'server/src/credits/x.ts', 'export const id = () => crypto.randomUUID()\n'],
  [
    'redpill(no-ambient)',
    'server/src/credits/x.ts',
    `import { randomUUID } from 'node:crypto'\nexport const id = () => randomUUID()\n`,
  ],
  ['redpill(no-ambient)', 'cli/src/x.ts', `export const port = () => process.env['PORT']\n`],
  ['redpill(file-names)', 'server/src/credits/string-utils.ts', 'export const value = 1\n'],
  ['redpill(file-names)', 'server/src/credits/helpers/x.ts', 'export const value = 1\n'],
  [
    'redpill(tests-together)',
    'server/src/credits/x.test.ts',
    `import { test } from 'node:test'\ntest('holds', () => {})\nawait Promise.resolve(1)\n`,
  ],
  [
    'redpill(tests-together)',
    'server/src/credits/x.test.ts',
    `import { test } from 'node:test'\nfor (const name of ['a', 'b']) {\n  await Promise.resolve(name)\n  test(name, () => {}) }\n`,
  ],
  ['eslint(no-console)', 'server/src/credits/x.ts', `export const say = () => console.log('x')\n`],
  ['eslint(max-lines)', 'server/src/credits/x.ts', '// a line\n'.repeat(401)],
  ['eslint(max-lines-per-function)', 'server/src/credits/x.ts', `export function f() {\n${'  f()\n'.repeat(60)}}\n`],
  ['import(no-default-export)', 'server/src/credits/x.ts', 'export default 1\n'],
  [
    'import(no-cycle)',
    'server/src/credits/cycle.ts',
    `import { back } from './ring.ts'\nexport const value = () => back\n`,
  ],
  ['typescript(no-explicit-any)', 'server/src/credits/x.ts', 'export const value: any = 1\n'],
  ['typescript(no-floating-promises)', 'server/src/credits/x.ts', 'export const f = () => { Promise.resolve(1) }\n'],
]

/** @type {[title: string, path: string, source: string][]} */
const clean = [
  [
    'SQL in store.ts',
    'server/src/credits/store.ts',
    `export const q = (db: { selectFrom(t: string): void }) => db.selectFrom('hold')\n`,
  ],
  [
    'SQL in store/',
    'server/src/credits/store/holds.ts',
    `export const q = (db: { query(t: string): void }) => db.query('select 1')\n`,
  ],
  [
    'SQL in a test',
    'server/src/credits/x.test.ts',
    `export const q = (db: { query(t: string): void }) => db.query('select 1')\n`,
  ],
  [
    'query parameters of a request',
    'server/src/api/x.ts',
    `export const q = (c: { req: { query(name: string): string } }) => c.req.query('after')\n`,
  ],
  ['a date made of a number', 'server/src/credits/x.ts', 'export const date = (ms: number) => new Date(ms)\n'],
  ['the clock in main.ts', 'server/src/main.ts', 'export const now = () => Date.now()\n'],
  [
    'a test that nobody awaits',
    'server/src/credits/x.test.ts',
    `import { test } from 'node:test'\ntest('holds', async () => {})\n`,
  ],
  [
    'what a test awaits, and what the file awaits before its first',
    'server/src/credits/x.test.ts',
    `import { test } from 'node:test'\nawait Promise.resolve(1)\ntest('holds', async () => {\n  await Promise.resolve(1)\n})\n`,
  ],
]

const importCases = imports.map(([title, path, specifier, allowed]) => {
  return { title, allowed, file: addCase(path, importing(specifier)) }
})
const caughtCases = caught.map(([rule, path, source]) => ({ rule, path, source, file: addCase(path, source) }))
const cleanCases = clean.map(([title, path, source]) => ({ title, file: addCase(path, source) }))

/** What oxlint finds, by file. */
function lint() {
  for (const name of ['.oxlintrc.json', 'tsconfig.json', 'tsconfig.base.json'])
    cpSync(join(root, name), join(house, name))
  cpSync(join(root, 'scripts', 'lint'), join(house, 'scripts', 'lint'), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'))
  for (const door of [
    'core/ids',
    'credits/index',
    'credits/settle',
    'platform/log',
    'platform/database/index',
    'api/index',
  ])
    write(`server/src/${door}.ts`, 'export const value = 1\n')
  write('server/src/platform/database/pool.ts', 'export const value = 1\n')
  write('server/src/credits/ring.ts', `import { value } from './cycle.ts'\nexport const back = () => value\n`)
  write('server/test/upstream.ts', 'export const value = 1\n')
  const args = [join(root, 'node_modules', 'oxlint', 'bin', 'oxlint'), '--format=json', 'server', 'console', 'cli']
  const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8', maxBuffer: 1 << 26 })
  assert.match(stdout, /"diagnostics"/, stderr)
  /** @type {{ diagnostics: { code: string, filename: string }[] }} */
  const { diagnostics } = JSON.parse(stdout)
  return Map.groupBy(diagnostics, ({ filename }) => filename)
}

const findings = lint()
const rulesBroken = (/** @type {string} */ file) => (findings.get(file) ?? []).map(({ code }) => code)

for (const { title, allowed, file } of importCases) {
  test(`border: ${title}`, () => {
    const found = rulesBroken(file)
    assert.equal(found.includes('redpill(borders)'), !allowed, `found ${found.join(', ') || 'nothing'}`)
  })
}
for (const { rule, path, source, file } of caughtCases) {
  test(`${rule} catches ${source.split('\n').at(-2)?.slice(0, 60)} in ${path}`, () => {
    assert.ok(rulesBroken(file).includes(rule), `found ${rulesBroken(file).join(', ') || 'nothing'}`)
  })
}
for (const { title, file } of cleanCases) test(`allowed: ${title}`, () => assert.deepEqual(rulesBroken(file), []))
