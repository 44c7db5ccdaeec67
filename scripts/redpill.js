import { join } from 'node:path'
import { launch, serverCommand } from './launch.js'
import { root } from './setup.js'

const args = process.argv.slice(2)
await launch(
  args[0] === 'serve' ? [...serverCommand, ...args.slice(1)] : [join(root, 'cli', 'src', 'main.ts'), ...args],
)
