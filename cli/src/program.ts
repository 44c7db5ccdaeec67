import { Command, CommanderError } from 'commander'
import about from '../package.json' with { type: 'json' }
import { addAccounts } from './commands/accounts.ts'
import { addChat } from './commands/chat.ts'
import { addCodes } from './commands/codes.ts'
import { addConsole } from './commands/console.ts'
import { addCredits } from './commands/credits.ts'
import { addDoctor } from './commands/doctor.ts'
import { addGeneration } from './commands/generation.ts'
import { addKeys } from './commands/keys.ts'
import { addModels } from './commands/models.ts'
import { addOffers } from './commands/offers.ts'
import { addPrices } from './commands/prices.ts'
import { addProviderKeys } from './commands/provider-keys.ts'
import { addProviders } from './commands/providers.ts'
import { addReconcile } from './commands/reconcile.ts'
import { addServe } from './commands/serve.ts'
import { addUsage } from './commands/usage.ts'
import { exitCodes, Failure, failureJson, failureText } from './failure.ts'
import type { Outside } from './outside.ts'
import { type AddCommand, type GlobalOptions, openSession } from './session.ts'

const commands: readonly AddCommand[] = [
  ...[
    addServe,
    addChat,
    addModels,
    addKeys,
    addCredits,
    addAccounts,
    addProviders,
    addProviderKeys,
    addOffers,
    addPrices,
  ],
  ...[addUsage, addGeneration, addReconcile, addConsole, addCodes, addDoctor],
]

const afterHelp = `
The server is found by --url, else REDPILL_URL, else bootstrap.json in the data directory (REDPILL_DATA, ./.redpill).
Calls of models are paid by --key, else REDPILL_API_KEY, else the demo key; all else is done with --key, else
REDPILL_OPERATOR_KEY, else the operator's key of that file. Exit codes: 0 done, 1 failed, 2 wrong usage.`

/** Runs one command line and gives the exit code. */
export async function run(outside: Outside, args: readonly string[]): Promise<number> {
  const program = new Command('redpill')
    .description('One OpenAI-compatible endpoint in front of every model, paid with prepaid credits.')
    .version(about.version)
    .option('--url <address>', 'where the server is, such as http://127.0.0.1:8787')
    .option('--key <secret>', 'the key to use')
    .option('--json', 'answer with JSON')
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', afterHelp)
    .configureOutput({
      writeOut: (text) => void outside.stdout.write(text),
      writeErr: (text) => void outside.stderr.write(text),
      getOutHelpWidth: () => outside.stdout.columns ?? 100,
    })
    .showHelpAfterError('(--help says more)')
    .exitOverride()
  for (const add of commands) add(program, (command) => openSession(outside, command.optsWithGlobals<GlobalOptions>()))
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCodes.done
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage
    if (!(error instanceof Failure)) throw error
    const isJson = program.opts<GlobalOptions>().json === true
    outside.stderr.write(`${isJson ? failureJson(error) : `redpill: ${failureText(error)}`}\n`)
    return error.exitCode
  }
}
