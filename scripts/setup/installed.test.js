import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { missingPackages } from './installed.js'

const otherPlatform = process.platform === 'linux' ? 'darwin' : 'linux'
const here = { optional: true, version: '1.0.0', os: [process.platform], cpu: [process.arch] }

/**
 * @param {import('node:test').TestContext} t
 * @param {Record<string, object>} locked @param {Record<string, object>} [installed]
 */
function missingOf(t, locked, installed) {
  const folder = mkdtempSync(join(tmpdir(), 'redpill-installed-'))
  t.after(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages: { '': {}, ...locked } }))
  mkdirSync(join(folder, 'node_modules'))
  const record = join(folder, 'node_modules', '.package-lock.json')
  if (installed) writeFileSync(record, JSON.stringify({ packages: installed }))
  return missingPackages(folder)
}

test('nothing is missing when npm recorded every version of the lock file', (t) => {
  const locked = { 'node_modules/a': { version: '1.0.0' }, 'node_modules/own': { link: true } }
  assert.deepEqual(missingOf(t, locked, { 'node_modules/a': { version: '1.0.0' } }), [])
})

test('another version than the locked one counts as missing', (t) => {
  const installed = { 'node_modules/a': { version: '0.9.0' } }
  assert.deepEqual(missingOf(t, { 'node_modules/a': { version: '1.0.0' } }, installed), ['node_modules/a'])
})

test('an install that was broken off has no record, so all is missing', (t) => {
  assert.deepEqual(missingOf(t, { 'node_modules/a': { version: '1.0.0' } }), ['.'])
})

test('a binary for this platform that npm left out without a word is missed', (t) => {
  assert.deepEqual(missingOf(t, { 'node_modules/native': here }, {}), ['node_modules/native'])
})

test('binaries for other platforms are not missed, nor what hangs below them', (t) => {
  const locked = {
    'node_modules/os': { ...here, os: otherPlatform },
    'node_modules/cpu': { ...here, cpu: ['s390x'] },
    'node_modules/not-here': { ...here, os: [`!${process.platform}`] },
    'node_modules/fallback': { version: '1.0.0', optional: true },
  }
  assert.deepEqual(missingOf(t, locked, {}), [])
})

test('a binary for every platform but another is needed here', (t) => {
  const locked = { 'node_modules/native': { ...here, os: [`!${otherPlatform}`] } }
  assert.deepEqual(missingOf(t, locked, {}), ['node_modules/native'])
})
