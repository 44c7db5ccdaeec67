import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { nanoUsd, parseCredits, toCredits } from '../../../server/src/core/money.ts'
import { startChild } from '../child.ts'
import { bindTree, processors } from '../machine.ts'
import { mockUsage } from '../mock-upstream.ts'
import { untilReady } from './ready.ts'
import { httpRequest, upstreamKey } from './request.ts'
import type { Answer, Gateway, GatewayOptions } from './types.ts'

const root = join(import.meta.dirname, '../../..')
const nodeFlags = ['--min-semi-space-size=32', '--max-semi-space-size=64']
const usdPerMillion = { input: '0.151', output: '0.607' }
const grantedCredits = '1000000000000'

/** What one answered call costs, worked out apart from the gateway: three decimals per million are whole nano-USD. */
const pricePerCall = nanoUsd(BigInt(mockUsage.promptTokens) * 151n + BigInt(mockUsage.completionTokens) * 607n)

export type RedPill = Gateway & {
  /** Moves the database server to another processor. */
  readonly bindDatabase: (processor: number) => void
  /** Whether so many answered calls were charged exactly, nothing is held, and the ledger agrees with itself. */
  readonly checkMoney: (callsAnswered: number) => Promise<MoneyCheck>
}

export type MoneyCheck = {
  readonly ok: boolean
  readonly callsAnswered: number
  readonly creditsPerCall: string
  readonly expectedCredits: string
  readonly spentCredits: string
  readonly heldCredits: string
  readonly invariantsBroken: readonly string[]
}

export type RedPillOptions = GatewayOptions & {
  readonly answers: readonly Answer[]
  /** More flags for Node.js, such as a profiler's. */
  readonly nodeFlags?: readonly string[]
}

/** This gateway as `npm start` runs it: embedded PostgreSQL, keys, holds, settles, receipts, log lines and metrics. */
export async function startRedPill(options: RedPillOptions): Promise<RedPill> {
  const data = join(options.folder, 'redpill')
  mkdirSync(data)
  const logFile = join(options.folder, 'redpill.log')
  const child = startChild({
    command: process.execPath,
    args: [...nodeFlags, ...(options.nodeFlags ?? []), join(root, 'server/src/main.ts')],
    processor: processors.gateway,
    logFile,
    cwd: root,
    env: { REDPILL_DATA: data, REDPILL_PORT: '0', REDPILL_DISCOVER: 'off' },
  })
  const { url, operatorKey } = await bootstrapOf(data, logFile)
  await untilReady(`${url}/readyz`, logFile)
  const databasePid = Number(readFileSync(join(data, 'postgres/cluster/postmaster.pid'), 'utf8').split('\n')[0])
  bindTree(databasePid, processors.database)
  const operator = managementApi(url, operatorKey)
  await addModels(operator, options)
  const { accountId, key } = await addCaller(operator)
  const port = Number(new URL(url).port)
  return {
    name: 'redpill',
    version: (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }).version,
    port,
    request: (answer) => httpRequest({ port, model: `bench/${answer}`, answer, key }),
    pid: child.pid,
    databasePid,
    bindDatabase: (processor) => bindTree(databasePid, processor),
    checkMoney: (callsAnswered) => checkMoney(operator, accountId, callsAnswered),
    stop: child.stop,
  }
}

type Bootstrap = { readonly url: string; readonly operatorKey: string }

/** The file of the first run, once it names the port that was found. */
async function bootstrapOf(data: string, logFile: string): Promise<Bootstrap> {
  const file = join(data, 'bootstrap.json')
  for (let tries = 0; tries < 600; tries++) {
    const contents = readIfThere(file)
    if (contents && !contents.url.endsWith(':0')) return contents
    await wait(100)
  }
  throw new Error(`The gateway did not start. Its log ends:\n${readFileSync(logFile, 'utf8').slice(-2_000)}`)
}

function readIfThere(file: string): Bootstrap | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Bootstrap
  } catch {
    return undefined
  }
}

type Operator = <Data>(method: 'GET' | 'POST', path: string, body?: object) => Promise<Data>

function managementApi(url: string, key: string): Operator {
  return async <Data>(method: 'GET' | 'POST', path: string, body?: object) => {
    const answer = await fetch(`${url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Data
  }
}

type Made = { readonly data: { readonly id: string } }

async function addModels(operator: Operator, { upstreamPort, answers }: RedPillOptions): Promise<void> {
  const provider = await operator<Made>('POST', '/providers', {
    name: 'mock',
    base_url: `http://127.0.0.1:${upstreamPort}/v1`,
    api_key: upstreamKey,
    allow_private: true,
  })
  for (const answer of answers) {
    const id = `bench/${answer}`
    await operator('POST', '/models', { id, context_length: 128_000, output_tokens_max: 16_384 })
    await operator('POST', '/offers', { model_id: id, provider_id: provider.data.id, upstream_model: answer })
    for (const [unit, price] of Object.entries(usdPerMillion)) {
      await operator('POST', '/prices', { model_id: id, class: unit, usd_per_million: price })
    }
  }
}

async function addCaller(operator: Operator): Promise<{ accountId: string; key: string }> {
  const account = await operator<Made>('POST', '/accounts', { name: 'bench' })
  const accountId = account.data.id
  await operator('POST', `/accounts/${accountId}/grants`, { credits: grantedCredits, reason: 'benchmark' })
  const made = await operator<{ key: string }>('POST', '/keys', { name: 'bench', account_id: accountId })
  return { accountId, key: made.key }
}

type AccountAnswer = { readonly data: { readonly credits: { readonly spent: string; readonly held: string } } }
type ReconcileAnswer = { readonly ok: boolean; readonly invariants: readonly { id: string; ok: boolean }[] }

async function checkMoney(operator: Operator, accountId: string, callsAnswered: number): Promise<MoneyCheck> {
  const { spent, held } = (await operator<AccountAnswer>('GET', `/accounts/${accountId}`)).data.credits
  const invariantsBroken = await operator<ReconcileAnswer>('POST', '/reconcile').then(
    ({ invariants }) => invariants.filter(({ ok }) => !ok).map(({ id }) => id),
    (error: unknown) => [String(error)],
  )
  const expected = nanoUsd(BigInt(callsAnswered) * pricePerCall)
  return {
    ok: parseCredits(spent) === expected && parseCredits(held) === 0n && invariantsBroken.length === 0,
    callsAnswered,
    creditsPerCall: toCredits(pricePerCall),
    expectedCredits: toCredits(expected),
    spentCredits: spent,
    heldCredits: held,
    invariantsBroken,
  }
}
