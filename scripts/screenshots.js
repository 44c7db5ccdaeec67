/** `npm run screenshots [NAME...]`: pictures of the console's pages for docs/screenshots. */
import { join } from 'node:path'
import { buildConsole } from './console/build.js'
import { launch } from './launch.js'
import { explainAndExit } from './setup/error.js'
import { root, setup } from './setup.js'

await buildConsole(await setup().catch(explainAndExit))
await launch([join(root, 'server', 'test', 'support', 'console', 'screenshots.ts'), ...process.argv.slice(2)])
