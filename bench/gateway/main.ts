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
import { startRedPill } from './gateways/redpill.ts'
import type { Answer } from './gateways/types.ts'
import { judge, type Measured } from './goals.ts'
import { describeMachine, loadAverage } from './machine.ts'
import { sendLoad, type Bench } from './measure.ts'
import { startMockUpstream } from './mock-upstream.ts'
import { readProfile, summarize, type ProfileSummary } from './profile.ts'
import { report, reportProfile } from './report.ts'
import {
  measureCalls,
  measureMemory,
  measureOpenStreams,
  measureQuiet,
  measureStreams,
  type Contenders,
  type Size,
} from './sections.ts'

const root = join(import.meta.dirname, '../..')
const resultFile = join(root, 'bench/results/gateway.json')

const full: Size = {
  rounds: 5,
  seconds: 5,
  streamsPerRound: 300,
  openStreams: 2_000,
  openStreamsAnswer: 'stream-1000',
  memoryCalls: 200_000,
}
const quick: Size = {
  rounds: 2,
  seconds: 2,
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
  const contenders = await startAll(bench)
  let measured: Measured
  try {
    measured = await measureAll(bench, contenders)
  } finally {
    for (const gateway of Object.values(contenders)) await gateway?.stop()
  }
  const goals = judge(measured)
  say(report(measured, goals))
  const missed = goals.filter(({ met }) => !met)
  const profiles = missed.length > 0 && !flags.quick ? await profile(bench) : undefined
  if (!flags.quick) {
    const result = {
      date: new Date().toISOString(),
      machine: describeMachine(),
      node: process.version,
      versions: Object.fromEntries(Object.values(contenders).map((each) => [each?.name, each?.version])),
      loadAverage: { before: loadBefore, after: loadAverage() },
      size,
      goals,
      ...measured,
      ...(profiles && { profiles }),
    }
    mkdirSync(join(root, 'bench/results'), { recursive: true })
    writeFileSync(resultFile, `${JSON.stringify(result, rounded, 2)}\n`)
  }
  if (missed.length > 0) process.exitCode = 1
}

/** All at once, so that each meets the same machine; whoever is not measured sleeps. */
async function startAll({ mock, folder }: Bench): Promise<Contenders> {
  const options = { upstreamPort: mock.port, folder }
  const redpill = await startRedPill({ ...options, answers })
  const nginx = await startNginx(options)
  if (!nginx) say('nginx is not installed (apt-get install nginx): its rows are left out, and what is judged by them.')
  return { bare: bareUpstream(mock.port), redpill, nginx, portkey: await startPortkey(options) }
}

async function measureAll(bench: Bench, contenders: Contenders): Promise<Measured> {
  const { redpill, nginx, portkey } = contenders
  say('whole calls ...')
  const calls = await measureCalls(bench, contenders, size)
  say('streams ...')
  const streams = await measureStreams(bench, contenders, size)
  say('low load ...')
  const quiet = await measureQuiet(bench, contenders, size)
  say('open streams ...')
  const openStreams: Record<string, Measured['openStreams'][string]> = {}
  for (const gateway of [...(nginx ? [nginx] : []), redpill, portkey]) {
    openStreams[gateway.name] = await measureOpenStreams(bench, gateway, size)
  }
  say('memory ...')
  const memory = await measureMemory(bench, redpill, size)
  const money = await redpill.checkMoney(bench.answered.get(redpill.name) ?? 0)
  return { calls, streams, quiet, openStreams, memory, money }
}

/** Runs this gateway under V8's profiler, once with whole calls and once with streams. */
async function profile(bench: Bench): Promise<Record<string, ProfileSummary>> {
  const profiles: Record<string, ProfileSummary> = {}
  for (const answer of ['plain', 'stream-20'] as const) {
    await inFolder(async (folder) => {
      const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${folder}/profiles`]
      const gateway = await startRedPill({ upstreamPort: bench.mock.port, folder, answers: [answer], nodeFlags })
      await sendLoad(bench, gateway, answer, { connections: answer === 'plain' ? 64 : 100, seconds: 15 })
      await gateway.stop()
      profiles[answer] = summarize(readProfile(`${folder}/profiles`), root)
      say(reportProfile(answer, profiles[answer]))
    })
  }
  return profiles
}

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'redpill-bench-'))
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Three decimals say all that can be known here. */
function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value
}
