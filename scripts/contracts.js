/** `npm run contracts`, `npm run contracts:deploy` and `npm run contracts:sweep`. */
import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'contracts', 'tools', 'main.ts'), ...process.argv.slice(2)])
