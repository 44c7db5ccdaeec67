/** `npm run dev:stripe`: a stand-in for Stripe on this machine, with pay pages, test cards and webhooks. */
import { join } from 'node:path'
import { launch } from './launch.js'
import { root } from './setup.js'

await launch([join(root, 'dev', 'stripe', 'main.ts'), ...process.argv.slice(2)])
