/** `npm run contracts` and `npm run contracts:deploy`. */
import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'contracts', 'tools', 'main.ts'), ...process.argv.slice(2)])
