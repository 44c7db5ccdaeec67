import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { testDatabase } from './support/database.ts'
import { startServer } from './support/server.ts'

const asBrowser = { accept: 'text/html' }

test('pages are where people look, and never where programs ask', async (t) => {
  const { url: databaseUrl } = await testDatabase(t)
  const server = await startServer(t, { databaseUrl })
  const get = (path: string, init: RequestInit = {}) => fetch(server.url + path, { headers: asBrowser, ...init })
  for (const path of ['/', '/keys', '/models/openai/gpt-4o', '/v1beta', '/apis']) {
    const answer = await get(path)
    deepEqual([answer.status, answer.headers.get('content-type')], [200, 'text/html; charset=utf-8'], path)
    match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'/)
    match(await answer.text(), /<title>[^<]*RedPill/)
  }
  for (const path of ['/v1', '/v1/keys', '/api', '/api/v1/nothing', '/healthz/x', '/metrics/x', '/assets/gone.js']) {
    const answer = await get(path)
    deepEqual([answer.status, answer.headers.get('content-type')], [404, 'application/json'], path)
  }
  equal((await get('/keys', { headers: { accept: 'application/json' } })).status, 404)
  equal((await get('/', { method: 'POST' })).status, 404)
  const head = await get('/', { method: 'HEAD' })
  deepEqual([head.status, await head.text()], [200, ''])
})

test('the console can be switched off', async (t) => {
  const { url: databaseUrl } = await testDatabase(t)
  const server = await startServer(t, { databaseUrl, environment: { REDPILL_CONSOLE: 'off' } })
  equal((await fetch(server.url, { headers: asBrowser })).status, 404)
  equal((await fetch(`${server.url}/healthz`)).status, 200)
})
