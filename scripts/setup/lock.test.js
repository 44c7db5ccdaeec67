import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { takeLock } from './lock.js'

const lockModule = new URL('lock.js', import.meta.url).href

/** @param {import('node:test').TestContext} t */
function temporaryFolder(t) {
  const folder = mkdtempSync(join(tmpdir(), 'redpill-lock-'))
  t.after(() => rmSync(folder, { recursive: true }))
  return folder
}

/** Another process that takes the lock and runs `code` with it. @param {string} folder @param {string} code */
function holder(folder, code) {
  const script = `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { takeLock } from '${lockModule}'
    const folder = ${JSON.stringify(folder)}
    const lock = await takeLock(folder, () => {})
    ${code}`
  return spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
}

test('processes that want the lock at once have it one after the other', async (t) => {
  const folder = temporaryFolder(t)
  const log = join(folder, 'log')
  const code = `
    appendFileSync('${log}', 'in ' + process.pid + '\\n')
    await sleep(50)
    appendFileSync('${log}', 'out ' + process.pid + '\\n')
    lock.release()`
  await Promise.all(Array.from({ length: 4 }, () => once(holder(folder, code), 'exit')))
  const lines = readFileSync(log, 'utf8').trim().split('\n')
  assert.equal(lines.length, 8)
  for (let at = 0; at < lines.length; at += 2) assert.equal(lines[at + 1], lines[at]?.replace('in', 'out'))
  assert.deepEqual(readdirSync(folder), ['log'])
})

test('the lock of a killed process is taken over, by one of those who wait only', async (t) => {
  const folder = temporaryFolder(t)
  const killed = holder(folder, `console.log('held'); await sleep(60_000)`)
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  let held = 0
  const takeAndRelease = async () => {
    const lock = await takeLock(folder, () => {})
    held++
    assert.equal(held, 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    held--
    lock.release()
  }
  await Promise.all([takeAndRelease(), takeAndRelease(), takeAndRelease()])
})

test('the lock of a killed process is kept while a process that it started is alive', async (t) => {
  const folder = temporaryFolder(t)
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
  t.after(() => child.kill('SIGKILL'))
  const killed = holder(folder, `lock.addProcess(${child.pid}); console.log('held'); await sleep(60_000)`)
  await once(killed.stdout, 'data')
  killed.kill('SIGKILL')
  await once(killed, 'exit')
  const waits = Promise.withResolvers()
  const taken = takeLock(folder, () => waits.resolve(undefined))
  await waits.promise
  child.kill('SIGKILL')
  const lock = await taken
  lock.release()
})

test('the lock of another machine is taken over after a minute of silence, not before', async (t) => {
  const folder = temporaryFolder(t)
  mkdirSync(join(folder, 'lock'))
  const owner = join(folder, 'lock', 'owner')
  writeFileSync(owner, JSON.stringify({ token: 'other', space: 'elsewhere', pids: [1] }))
  const waits = Promise.withResolvers()
  const taken = takeLock(folder, () => waits.resolve(undefined))
  await waits.promise
  const silentSince = new Date(Date.now() - 61_000)
  utimesSync(owner, silentSince, silentSince)
  const lock = await taken
  assert.notEqual(JSON.parse(readFileSync(owner, 'utf8')).token, 'other')
  lock.release()
})
