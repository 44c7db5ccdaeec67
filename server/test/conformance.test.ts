/** A scanner of OpenAI-like APIs that is not ours, against a server and a provider that can do what it asks. */
import { execFile } from 'node:child_process'
import { deepEqual } from 'node:assert/strict'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { capable } from './support/mock-upstream-turns.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const scanner = fileURLToPath(new URL('../../node_modules/compatcanary/src/cli.js', import.meta.url))
const prices = { input: '3', output: '15' }

test('compatcanary gives the full score: models, chat, tools, schemas, Responses, streams', async () => {
  const stage = await openStage({ after })
  const upstream = await startMockUpstream({ after })
  upstream.enqueue(...Array.from({ length: 6 }, () => capable))
  const providerId = await stage.addUpstream(upstream)
  await stage.addModel({ id: 'mock/model', prices, offers: [{ providerId, upstreamModel: 'model' }] })
  const { key } = await stage.addCustomer('1000000')
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[scanner, 'scan', '--base-url', `${stage.server().url}/v1`, '--model', 'mock/model', '--profile', 'modern'],
    ...['--api-key', key, '--format', 'json', '--fail-on', 'never'],
  ])
  const report = JSON.parse(stdout) as { score: number; results: { id: string; status: string; summary: string }[] }
  deepEqual(
    report.results.filter(({ status }) => status !== 'pass'),
    [],
  )
  deepEqual([report.score, report.results.length], [100, 7])
  await stage.reconcile()
})
