import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'node_modules', 'oxfmt', 'bin', 'oxfmt'), root])
