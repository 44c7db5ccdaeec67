import { equal, ok } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { foundryProgram } from '../../dev/chain/foundry.ts'

/**
 * The tests in Solidity (*.t.sol beside this file), by forge: each with many random arguments, and random histories after
 * which the invariants hold. Their names are their guarantees.
 */
const forge = foundryProgram('forge')
const root = join(import.meta.dirname, '..', '..')

type Outcome = {
  readonly status: 'Success' | 'Failure' | 'Skipped'
  readonly reason: string | null
  readonly counterexample: unknown
  readonly kind: {
    readonly Unit?: unknown
    readonly Fuzz?: { readonly runs: number }
    readonly Invariant?: { readonly runs: number; readonly calls: number; readonly reverts: number }
  }
}
type Report = Readonly<Record<string, { readonly test_results: Readonly<Record<string, Outcome>> }>>

async function runForge(program: string): Promise<Report> {
  const env = {
    ...process.env,
    // What forge takes for a compiler is a program of Node.js: this one.
    PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    FOUNDRY_CONFIG: join('contracts', 'foundry.toml'),
  }
  const child = spawn(program, ['test', '--root', root, '--json'], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [said, complained] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const start = said.indexOf('{')
  if (start < 0) throw new Error(`forge told nothing of tests:\n${said}\n${complained}`)
  return JSON.parse(said.slice(start)) as Report
}

const titleOf = (name: string): string =>
  name
    .replace(/\(.*$/, '')
    .replace(/^(test|invariant)_/, '')
    .replaceAll('_', ' ')

function figureOf({ kind }: Outcome): string {
  if (kind.Invariant) return ` (${kind.Invariant.runs} histories, ${kind.Invariant.calls} calls)`
  return kind.Fuzz ? ` (${kind.Fuzz.runs} runs)` : ''
}

test(
  'contracts',
  { skip: forge ? false : `there is no forge for ${process.platform} on ${process.arch}` },
  async (t) => {
    const report = await runForge(forge!)
    const suites = Object.entries(report).map(([file, { test_results }]) => ({
      name: file.slice(file.lastIndexOf(':') + 1),
      outcomes: Object.entries(test_results),
    }))
    let runs = 0
    let calls = 0
    for (const { name, outcomes } of suites) {
      for (const [title, outcome] of outcomes) {
        runs += outcome.kind.Invariant?.runs ?? outcome.kind.Fuzz?.runs ?? 1
        calls += outcome.kind.Invariant?.calls ?? 0
        await t.test(`${name}: ${titleOf(title)}${figureOf(outcome)}`, () => {
          const why = `${outcome.reason ?? ''} ${JSON.stringify(outcome.counterexample)}`
          equal(outcome.status, 'Success', why)
          equal(outcome.kind.Invariant?.reverts ?? 0, 0, 'a step of a history failed by itself')
        })
      }
    }
    const names = suites.map(({ name }) => name)
    equal(names.toSorted().join(), 'Forwarders,Hostile,Invariants,Paying,Prices,Quotes,Roles')
    ok(calls > 0, 'histories were played')
    t.diagnostic(`${runs} runs, ${calls} calls in random histories`)
  },
)
