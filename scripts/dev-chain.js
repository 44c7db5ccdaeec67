/** `npm run dev:chain`: a chain for development, with the contracts, test tokens and a faucet. */
import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'dev', 'chain', 'main.ts'), ...process.argv.slice(2)])
