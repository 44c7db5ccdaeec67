import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'scripts', 'gate.js'), ...process.argv.slice(2)])
