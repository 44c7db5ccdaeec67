/** `npm run build`: the console, where its build is not that of its sources. */
import { buildConsole } from './console/build.js'
import { explainAndExit } from './setup/error.js'
import { setup } from './setup.js'

const node = await setup().catch(explainAndExit)
try {
  await buildConsole(node)
} catch (error) {
  process.stderr.write(`The console could not be built.\n${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
