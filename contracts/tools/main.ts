/**
 * `npm run contracts` compiles the contracts into typed artifacts, which are committed; `npm run contracts:deploy` puts
 * them on a chain, `npm run contracts:sweep` brings what lies at deposit addresses to the treasury.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { compileContracts, compilerInput } from './compile.ts'
import { deploy } from './deploy.ts'
import { deployUsage, readDeployArguments } from './deploy-arguments.ts'
import { Refusal } from './refusal.ts'
import { sweep } from './sweep.ts'
import { readSweepArguments, sweepUsage } from './sweep-arguments.ts'

const root = join(import.meta.dirname, '..', '..')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const [command, ...args] = process.argv.slice(2)

try {
  if (command === 'deploy') await runDeploy()
  else if (command === 'sweep') await runSweep()
  else compile()
} catch (error) {
  // The rest of what viem says holds the URL of the node, and with it often a key.
  process.stderr.write(`${error instanceof Refusal ? error.message : firstLine(error)}\n`)
  process.exitCode = 1
}

function compile(): void {
  for (const [path, content] of compileContracts(compilerInput())) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    say(`${path} ${content.length} bytes`)
  }
}

async function runDeploy(): Promise<void> {
  const read = readDeployArguments(args, process.env['REDPILL_DEPLOYER_KEY'])
  if (read === 'help') return say(deployUsage)
  await deploy(read.wish, say)
  if (read.verification === undefined) return
  writeFileSync(read.verification, compilerInput())
  say(`\n${read.verification} is the standard JSON input for the explorer's verification, compiler 0.8.37.`)
}

async function runSweep(): Promise<void> {
  const wish = await readSweepArguments(args, process.env['REDPILL_RELAYER_KEY'], () => text(process.stdin))
  if (wish === 'help') return say(sweepUsage)
  await sweep(wish, say)
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'It failed.'
}
