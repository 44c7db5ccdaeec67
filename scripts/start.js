import { launch, serverCommand } from './launch.js'

await launch([...serverCommand, ...process.argv.slice(2)])
