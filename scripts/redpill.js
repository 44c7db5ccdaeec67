import { join } from 'node:path'
import { launch, launchServer } from './launch.js'
import { root } from './setup.js'

const args = process.argv.slice(2)
// Halves the time that a command takes to its first line; where the folder cannot be written, nothing is lost.
process.env.NODE_COMPILE_CACHE ??= join(root, '.cache', 'compile')
if (args[0] === 'serve') await launchServer(args.slice(1))
else await launch([join(root, 'cli', 'src', 'main.ts'), ...args])
