/** `npm run contracts`: compiles the contracts into the artifacts that are committed. */
import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'contracts', 'tools', 'main.ts'), ...process.argv.slice(2)])
