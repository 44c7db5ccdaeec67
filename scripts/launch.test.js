import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from './setup.js'

const server = `
process.stdin.on('data', (data) => console.log('input', String(data).trim()))
let signals = 0
for (const name of ['SIGTERM', 'SIGINT'])
  process.on(name, () => {
    console.log(name, ++signals)
    setTimeout(() => process.exit(40 + signals), 200)
  })
console.log('up', process.version, process.argv.slice(2).join(' '))
if (process.argv.includes('end')) process.exit(7)
setInterval(() => {}, 1_000)
`

/**
 * A checkout with our launcher, a server that tells what reaches it, and nothing to install but what `locked` names.
 * @param {import('node:test').TestContext} t @param {Record<string, object>} [locked]
 */
function checkout(t, locked = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'redpill-launch-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const name of ['redpill', 'package.json', 'scripts/start.js', 'scripts/redpill.js', 'scripts/launch.js'])
    cpSync(join(root, name), join(folder, name))
  for (const name of ['setup', 'console'])
    cpSync(join(root, 'scripts', name), join(folder, 'scripts', name), { recursive: true })
  cpSync(join(root, 'scripts', 'setup.js'), join(folder, 'scripts', 'setup.js'))
  // Whatever Node.js runs this test is the pinned one of this checkout.
  writeFileSync(join(folder, '.node-version'), process.versions.node)
  for (const name of ['server/src', 'cli/src', 'node_modules']) mkdirSync(join(folder, name), { recursive: true })
  for (const name of ['server/src/main.ts', 'cli/src/main.ts']) writeFileSync(join(folder, name), server)
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: locked }))
  writeFileSync(join(folder, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: {} }))
  return folder
}

/**
 * @param {import('node:test').TestContext} t @param {string} folder @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function run(t, folder, args, env = {}) {
  // These tests may themselves be run by npm, below which the launcher does not become another process.
  const { npm_lifecycle_event: _, ...inherited } = process.env
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...inherited, ...env } })
  t.after(() => child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk) => (output += chunk))
  child.stderr.on('data', (chunk) => (output += chunk))
  return { child, ended: once(child, 'close').then(([code]) => ({ code, output })) }
}

const oldNode = ['--import', 'data:text/javascript,process.execve=undefined']
for (const [how, flags, env] of /** @type {[string, string[], NodeJS.ProcessEnv][]} */ ([
  ['where a process can become another', [], {}],
  ['where Node.js cannot do that', oldNode, {}],
  ['below npm', [], { npm_lifecycle_event: 'start' }],
])) {
  test(`arguments, input and the exit code pass through, ${how}`, async (t) => {
    const { child, ended } = run(t, checkout(t), [...flags, 'redpill', 'models', '--json'], env)
    await once(child.stdout, 'data')
    child.stdin.write('hello\n')
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    const { code, output } = await ended
    assert.equal(code, 41)
    assert.equal(output, `up ${process.version} models --json\ninput hello\nSIGTERM 1\n`)
  })

  test(`an exit code of the server's own choice is kept, ${how}`, async (t) => {
    assert.equal((await run(t, checkout(t), [...flags, 'redpill', 'serve', 'end'], env).ended).code, 7)
  })

  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT'])) {
    test(`${signal} reaches the server once and its drain is waited for, ${how}`, async (t) => {
      const { child, ended } = run(t, checkout(t), [...flags, 'scripts/start.js'], env)
      await once(child.stdout, 'data')
      child.kill(signal)
      const { code, output } = await ended
      assert.deepEqual([code, output.split('\n')[1]], [41, `${signal} 1`])
    })
  }
}

/** @type {[title: string, npm: string, said: RegExp][]} */
const failures = [
  ['no network', `console.error('npm error code EAI_AGAIN'); process.exit(1)`, /registry cannot be reached/],
  ['a full disk', `console.error('npm error code ENOSPC'); process.exit(1)`, /disk is full/],
  ['a folder of somebody else', `console.error('npm error code EACCES'); process.exit(1)`, /cannot be written/],
  [
    'a package that was tampered with',
    `console.error('npm error code EINTEGRITY'); process.exit(1)`,
    /not the one that/,
  ],
  ['a fault that nobody foresaw', `console.error('npm error odd'); process.exit(1)`, /npm failed\.\n.*\nnpm error odd/],
  ['a package left out without a word', '', /npm left packages out[^]*left out node_modules\/absent/],
  [
    'a binary that was left out because the network failed',
    `console.error('npm http fetch GET https://registry.example/absent attempt 1 failed with ECONNRESET')`,
    /registry cannot be reached[^]*left out node_modules\/absent/,
  ],
  [
    'an unknown certificate',
    `console.error('npm error code SELF_SIGNED_CERT_IN_CHAIN'); process.exit(1)`,
    /NODE_EXTRA_CA/,
  ],
]
for (const [title, npm, said] of failures) {
  test(`set-up explains ${title} and what to do, without a stack`, async (t) => {
    const folder = checkout(t, { 'node_modules/absent': { version: '1.0.0' } })
    const npmFile = join(folder, 'npm-cli.js')
    writeFileSync(npmFile, npm)
    const { code, output } = await run(t, folder, ['scripts/start.js'], { npm_execpath: npmFile }).ended
    assert.equal(code, 1)
    assert.match(output, said)
    assert.doesNotMatch(output, /^ +at /m)
  })
}

test('a set-up that is stopped ends npm, and the next one starts at once', async (t) => {
  const folder = checkout(t, { 'node_modules/absent': { version: '1.0.0' } })
  const npmFile = join(folder, 'npm-cli.js')
  writeFileSync(npmFile, `process.kill(process.ppid, 'SIGTERM'); setInterval(() => {}, 1_000)`)
  const first = await run(t, folder, ['scripts/start.js'], { npm_execpath: npmFile }).ended
  assert.match(first.output, /Set-up was stopped/)
  const record = join(folder, 'node_modules', '.package-lock.json')
  const installed = JSON.stringify({ packages: { 'node_modules/absent': { version: '1.0.0' } } })
  const install = `import { writeFileSync } from 'node:fs'
    writeFileSync(${JSON.stringify(record)}, ${JSON.stringify(installed)})`
  writeFileSync(npmFile, install)
  const second = await run(t, folder, ['redpill', 'end'], { npm_execpath: npmFile }).ended
  assert.equal(second.code, 7)
  assert.match(second.output, /up \S+ end\n$/)
})
