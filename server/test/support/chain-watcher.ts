/** A process that does nothing but watch the chains of a server: to be killed. Its environment is the server's. */
import { randomBytes } from 'node:crypto'
import { openDatabase } from '../../src/platform/database/index.ts'
import { readConfig } from '../../src/platform/config.ts'
import { openLog } from '../../src/platform/log.ts'
import { openSecrets } from '../../src/platform/secrets.ts'
import { idSource } from '../../src/core/ids.ts'
import { zero } from '../../src/core/money.ts'
import { openCrypto } from '../../src/payments/index.ts'
import { clock } from './clock.ts'

const chance = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }
const read = readConfig(process.env)
if (read.kind === 'invalid') throw new Error(read.problems.join('; '))
const { crypto: settings, databaseUrl, secret } = read.config
const { db } = openDatabase({ applicationName: 'redpill-watcher', connection: databaseUrl! })
const makeId = idSource(clock, chance)
const log = openLog({ write: (line) => void process.stdout.write(line), format: 'json', level: 'error', clock })
const secrets = openSecrets(secret!, chance)
const { jobs } = await openCrypto({
  settings,
  tools: { db, clock, makeId, log, processId: makeId(), terms: { bps: 0, fixed: zero } },
  signIn: { db, secrets, clock, chance, makeId },
  rules: { signUp: 'open', welcomeCredits: zero },
  clock,
})
for (;;) {
  for (const { name, run, everyMs } of jobs) {
    await run().catch((error: unknown) => log.error('job failed', { name, error: String(error) }))
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
