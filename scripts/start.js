import { launchServer } from './launch.js'

await launchServer(process.argv.slice(2))
