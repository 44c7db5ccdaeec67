import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { test } from 'node:test'
import { atEnd } from '../../../../test/support/scope.ts'
import { temporaryFolder } from '../../../../test/support/scratch.ts'
import { type LockMode, tryLock } from './lock.ts'

test('many may share a lock, and one alone may have it exclusively', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const shared = [tryLock(path, 'shared'), tryLock(path, 'shared')]
  assert.ok(shared.every((lock) => lock !== undefined))
  assert.equal(tryLock(path, 'exclusive'), undefined)
  shared[0]!.release()
  assert.equal(tryLock(path, 'exclusive'), undefined)
  shared[1]!.release()

  const alone = tryLock(path, 'exclusive')
  assert.ok(alone)
  assert.equal(tryLock(path, 'shared'), undefined)
  assert.equal(tryLock(path, 'exclusive'), undefined)
  alone.release()
  alone.release() // Harmless.
  tryLock(path, 'shared')!.release()
})

test('a lock stands against other processes until its holder is killed', async (t) => {
  const path = join(await temporaryFolder(t), 'lock')
  const module = new URL('lock.ts', import.meta.url).href
  for (const mode of ['shared', 'exclusive'] satisfies LockMode[]) {
    const code = `const { tryLock } = await import('${module}')
      tryLock('${path}', '${mode}')
      console.log('held')
      setInterval(() => {}, 60_000)`
    const holder = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    atEnd(t, () => holder.kill('SIGKILL'))
    await once(holder.stdout, 'data')
    assert.equal(tryLock(path, 'exclusive'), undefined)
    holder.kill('SIGKILL')
    await once(holder, 'exit')
    const lock = tryLock(path, 'exclusive')
    assert.ok(lock)
    lock.release()
  }
})
