import { launchServer } from '../../../scripts/launch.js'
import type { AddCommand } from '../session.ts'

/** What `npm start` does: the server takes this process's place, and so its terminal, signals and exit code. */
export const addServe: AddCommand = (program) => {
  program
    .command('serve')
    .description('start the server here (as npm start does); Ctrl-C stops it')
    .allowUnknownOption()
    .argument('[flags...]', 'flags of the server')
    .action((flags: readonly string[]) => launchServer([...flags]))
}
