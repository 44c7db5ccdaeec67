/**
 * `npm run contracts` compiles the contracts into typed artifacts, which are committed; `npm run contracts:deploy` puts
 * them on a chain.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { compileContracts, compilerInput } from './compile.ts'
import { deploy, DeployError } from './deploy.ts'
import { readDeployArguments, usage } from './deploy-arguments.ts'

const root = join(import.meta.dirname, '..', '..')
const say = (line: string): void => void process.stdout.write(`${line}\n`)
const [command, ...args] = process.argv.slice(2)
if (command === 'deploy') await runDeploy()
else compile()

function compile(): void {
  for (const [path, content] of compileContracts(compilerInput())) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
    say(`${path} ${content.length} bytes`)
  }
}

async function runDeploy(): Promise<void> {
  try {
    const read = readDeployArguments(args, process.env['REDPILL_DEPLOYER_KEY'])
    if (read === 'help') return say(usage)
    await deploy(read.wish, say)
    if (read.verification === undefined) return
    writeFileSync(read.verification, compilerInput())
    say(`\n${read.verification} is the standard JSON input for the explorer's verification, compiler 0.8.37.`)
  } catch (error) {
    // The rest of what viem says holds the URL of the node, and with it often a key.
    const message = error instanceof DeployError ? error.message : firstLine(error)
    process.stderr.write(`${message}\n`)
    process.exitCode = 1
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? 'It failed.'
