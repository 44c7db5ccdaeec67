import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { root } from '../setup.js'

/** Stands for the bundler: puts the sources into one script, notes that it ran, and fails where they say so. */
const bundler = `
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
const outDir = process.argv[process.argv.indexOf('--outDir') + 1]
const source = readFileSync('src/main.ts', 'utf8')
appendFileSync(join('..', 'builds'), source + '\\n')
if (source.includes('broken')) { console.error('main.ts is broken at 1:1'); process.exit(1) }
mkdirSync(join(outDir, 'assets'), { recursive: true })
writeFileSync(join(outDir, 'index.html'), '<!doctype html>')
writeFileSync(join(outDir, 'assets', 'app.js'), source.repeat(200))
`

/** A checkout with a console of one source file, a bundler, and a server that says that it is up. @param {import('node:test').TestContext} t */
function checkout(t) {
  const folder = mkdtempSync(join(tmpdir(), 'redpill-console-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['package.json', 'scripts/start.js', 'scripts/build.js', 'scripts/launch.js', 'scripts/setup.js'])
    cpSync(join(root, name), join(folder, name))
  for (const name of ['setup', 'console'])
    cpSync(join(root, 'scripts', name), join(folder, 'scripts', name), { recursive: true })
  const write = (/** @type {string} */ path, /** @type {string} */ text) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  write('.node-version', process.versions.node)
  write('package-lock.json', JSON.stringify({ packages: {} }))
  write('node_modules/.package-lock.json', JSON.stringify({ packages: {} }))
  write('node_modules/vite/bin/vite.js', bundler)
  write('tsconfig.base.json', '{}')
  write('contracts/artifacts/credit-checkout.ts', 'export {}')
  write('console/package.json', JSON.stringify({ type: 'module' }))
  write('node_modules/vite/package.json', JSON.stringify({ type: 'module' }))
  write('console/src/main.ts', 'first')
  write('server/src/main.ts', `console.log('up')`)
  return {
    write,
    folder,
    builds: () =>
      existsSync(join(folder, 'builds')) ? readFileSync(join(folder, 'builds'), 'utf8').split('\n').slice(0, -1) : [],
    built: () => readFileSync(join(folder, 'console/dist/assets/app.js'), 'utf8').replace(/(.+?)\1*$/, '$1'),
    run: async (/** @type {string} */ script, /** @type {NodeJS.ProcessEnv} */ env = {}) => {
      const { npm_lifecycle_event: _, ...inherited } = process.env
      const child = spawn(process.execPath, [join('scripts', script)], { cwd: folder, env: { ...inherited, ...env } })
      let output = ''
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
      const [code] = await once(child, 'close')
      return { code, output }
    },
  }
}

test('a start builds the console once, and again when a source has other content', async (t) => {
  const { run, write, builds, built, folder } = checkout(t)
  assert.match((await run('start.js')).output, /up/)
  assert.match((await run('start.js')).output, /up/)
  assert.deepEqual(builds(), ['first'])
  utimesSync(join(folder, 'console/src/main.ts'), new Date(), new Date())
  write('console/src/main.test.ts', 'a test is not shipped')
  await run('start.js')
  assert.deepEqual(builds(), ['first'])
  write('console/src/main.ts', 'second')
  await run('start.js')
  write('package-lock.json', JSON.stringify({ packages: {}, name: 'another bundler' }))
  await run('build.js')
  assert.deepEqual(builds(), ['first', 'second', 'second'])
  assert.equal(built(), 'second')
})

test('what a build has is there compressed too', async (t) => {
  const { run, folder } = checkout(t)
  await run('build.js')
  const read = (/** @type {string} */ name) => readFileSync(join(folder, 'console/dist/assets', name))
  assert.equal(String(brotliDecompressSync(read('app.js.br'))), String(read('app.js')))
  assert.equal(String(gunzipSync(read('app.js.gz'))), String(read('app.js')))
  assert.ok(!existsSync(join(folder, 'console/dist/index.html.br')), 'too small to be worth it')
})

test('a console that cannot be built does not keep the gateway from starting, and the build before stays', async (t) => {
  const { run, write, built } = checkout(t)
  write('console/src/main.ts', 'broken')
  const { code, output } = await run('start.js')
  assert.equal(code, 0)
  assert.match(output, /could not be built; the gateway starts without it[^]*main\.ts is broken at 1:1[^]*up/)
  write('console/src/main.ts', 'first')
  await run('start.js')
  write('console/src/main.ts', 'broken again')
  assert.match((await run('start.js')).output, /broken at 1:1[^]*up/)
  assert.equal(built(), 'first')
  const alone = await run('build.js')
  assert.equal(alone.code, 1)
  assert.match(alone.output, /could not be built[^]*broken at 1:1/)
})

test('two starts at once build once', async (t) => {
  const { run, builds } = checkout(t)
  const both = await Promise.all([run('start.js'), run('start.js')])
  assert.deepEqual([both.map(({ code }) => code), builds()], [[0, 0], ['first']])
})

test('REDPILL_CONSOLE=off builds nothing', async (t) => {
  const { run, builds } = checkout(t)
  assert.match((await run('start.js', { REDPILL_CONSOLE: 'off' })).output, /up/)
  assert.deepEqual(builds(), [])
})
