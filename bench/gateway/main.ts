/**
 * Compares this gateway, billing on, with nginx and Portkey's gateway on one mock upstream.
 *
 *   node bench/gateway/main.ts             everything; writes bench/results/gateway.json
 *   node bench/gateway/main.ts --quick     shorter, for development; writes nothing
 *   node bench/gateway/main.ts --profile   profiles this gateway alone, and prints where its time goes
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { bareUpstream } from './gateways/bare.ts'
import { startNginx } from './gateways/nginx.ts'
import { startPortkey } from './gateways/portkey.ts'
import { startRedPill, type MoneyCheck, type RedPill } from './gateways/redpill.ts'
import type { Answer, Gateway, GatewayOptions } from './gateways/types.ts'
import { judge, type Measured } from './goals.ts'
import { describeMachine, loadAverage } from './machine.ts'
import { sendLoad, type Bench } from './measure.ts'
import { startMockUpstream } from './mock-upstream.ts'
import { readProfile, summarize, type ProfileSummary } from './profile.ts'
import { report, reportProfile } from './report.ts'
import {
  gatewaysOf,
  measureCalls,
  measureMemory,
  measureOpenStreams,
  measureQuiet,
  measureStreams,
  type Contenders,
  type OpenStreams,
  type Size,
} from './sections.ts'

const root = join(import.meta.dirname, '../..')
const resultFile = join(root, 'bench/results/gateway.json')

const full: Size = {
  rounds: 5,
  seconds: 5,
  warmUpSeconds: 20,
  streamsPerRound: 300,
  openStreams: 2_000,
  openStreamsAnswer: 'stream-1000',
  memoryCalls: 200_000,
}
const quick: Size = {
  rounds: 2,
  seconds: 2,
  warmUpSeconds: 5,
  streamsPerRound: 200,
  openStreams: 500,
  openStreamsAnswer: 'stream-300',
  memoryCalls: 20_000,
}

const { values: flags } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, profile: { type: 'boolean', default: false } },
})
const size = flags.quick ? quick : full
const answers: readonly Answer[] = ['plain', 'stream-20', size.openStreamsAnswer]
const say = (text: string) => void process.stdout.write(`${text}\n`)

await inFolder(async (folder) => {
  const mock = await startMockUpstream(folder)
  const bench: Bench = { mock, folder, answered: new Map() }
  try {
    if (flags.profile) await profile(bench)
    else await compare(bench)
  } finally {
    await mock.stop()
  }
})

async function compare(bench: Bench): Promise<void> {
  const loadBefore = loadAverage()
  const { versions, measured } = await measureAll(bench)
  const goals = judge(measured)
  say(report(measured, goals))
  const missed = goals.filter(({ met }) => !met)
  if (missed.length > 0) process.exitCode = 1
  if (flags.quick) return
  const profiles = missed.length > 0 ? await profile(bench) : undefined
  const result = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    node: process.version,
    versions,
    loadAverage: { before: loadBefore, after: loadAverage() },
    size,
    goals,
    ...measured,
    ...(profiles && { profiles }),
  }
  mkdirSync(join(root, 'bench/results'), { recursive: true })
  writeFileSync(resultFile, `${JSON.stringify(result, rounded, 2)}\n`)
}

type Versions = Record<string, string>

async function measureAll(bench: Bench): Promise<{ readonly versions: Versions; readonly measured: Measured }> {
  const { openStreams, ...fresh } = await measureFresh(bench)
  const contenders = await startAll(bench)
  const { redpill } = contenders
  try {
    say('whole calls ...')
    const { calls, callsWide } = await measureCalls(bench, contenders, size)
    say('streams ...')
    const streams = await measureStreams(bench, contenders, size)
    say('low load ...')
    const quiet = await measureQuiet(bench, contenders, size)
    say('memory over many calls ...')
    const memory = await measureMemory(bench, redpill, size)
    const money = [fresh.money, await redpill.checkMoney(bench.answered.get(redpill.name) ?? 0)]
    const versions = Object.fromEntries(gatewaysOf(contenders).map(({ name, version }) => [name, version]))
    return { versions, measured: { calls, callsWide, streams, quiet, openStreams, memory, money } }
  } finally {
    for (const gateway of gatewaysOf(contenders)) await gateway.stop()
  }
}

/** All at once, so that each meets the same machine; whoever is not measured sleeps. */
async function startAll({ mock, folder }: Bench): Promise<Contenders> {
  const options = { upstreamPort: mock.port, folder }
  return {
    bare: bareUpstream(mock.port),
    redpill: await startRedPill({ ...options, answers }),
    nginx: await startNginx(options),
    portkey: await startPortkey(options),
  }
}

/** The memory of open streams, each gateway alone and fresh: what earlier work left of a heap would hide their growth. */
async function measureFresh(shared: Bench): Promise<Pick<Measured, 'openStreams'> & { readonly money: MoneyCheck }> {
  const openStreams: Record<string, OpenStreams> = {}
  const alone = (start: (options: GatewayOptions) => Promise<Gateway | undefined>) =>
    inFolder(async (folder) => {
      const bench: Bench = { mock: shared.mock, folder, answered: new Map() }
      const gateway = await start({ upstreamPort: shared.mock.port, folder })
      if (!gateway) return
      say(`open streams of ${gateway.name} ...`)
      try {
        openStreams[gateway.name] = await measureOpenStreams(bench, gateway, size)
        return await (gateway as Partial<RedPill>).checkMoney?.(bench.answered.get(gateway.name) ?? 0)
      } finally {
        await gateway.stop()
      }
    })
  if (!(await alone(startNginx)) && !openStreams['nginx'])
    say('nginx is not installed (apt-get install nginx): its rows are left out, and what is judged by them.')
  const money = await alone((options) => startRedPill({ ...options, answers }))
  await alone(startPortkey)
  return { openStreams, money: money! }
}

/** Runs this gateway under V8's profiler, once with whole calls and once with streams. */
async function profile(bench: Bench): Promise<Record<string, ProfileSummary>> {
  const profiles: Record<string, ProfileSummary> = {}
  for (const answer of ['plain', 'stream-20'] as const) {
    await inFolder(async (folder) => {
      const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${folder}/profiles`]
      const startedMs = performance.now()
      const gateway = await startRedPill({ upstreamPort: bench.mock.port, folder, answers: [answer], nodeFlags })
      const load = { connections: answer === 'plain' ? 64 : 100, seconds: 10 }
      await sendLoad(bench, gateway, answer, load)
      const skipUs = (performance.now() - startedMs) * 1_000
      await sendLoad(bench, gateway, answer, load)
      await gateway.stop()
      profiles[answer] = summarize(readProfile(`${folder}/profiles`), { root, skipUs })
      say(reportProfile(answer, profiles[answer]))
    })
  }
  return profiles
}

async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'redpill-bench-'))
  try {
    return await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Three decimals say all that can be known here. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value
}
