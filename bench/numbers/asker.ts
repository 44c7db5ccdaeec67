/** The management API over a database, asked in this process. */
import { randomBytes } from 'node:crypto'
import { bootstrap, openKeyCache } from '../../server/src/accounts/index.ts'
import { openApi, openLive } from '../../server/src/api/index.ts'
import { usd, zero } from '../../server/src/core/money.ts'
import { openCatalog } from '../../server/src/catalog/index.ts'
import { openHealth } from '../../server/src/router/index.ts'
import type { Database } from '../../server/src/platform/database/index.ts'
import { noCrypto, noStripe } from '../../server/src/payments/index.ts'
import { openNetworks } from '../../server/src/platform/http/index.ts'
import type { Question } from '../../server/test/support/usage-questions.ts'
import { clock, makeId } from '../ledger/cluster.ts'
import { openSecrets } from '../../server/src/platform/secrets.ts'

export type Asker = {
  readonly ask: (question: Question) => Promise<{ readonly ms: number; readonly bytes: number }>
  readonly close: () => Promise<void>
}

function rethrow(error: unknown): never {
  throw error
}

const free = { bps: 0, fixed: zero }
const payments = {
  settings: { minimum: usd(5), maximum: usd(5), cardFee: free, cryptoFee: free, cardHeldDays: 0, refundDays: 0 },
  rails: {},
}

const none = { requests: 0, tokens: 0, parallel: 0 }

const chance = { bytes: (length: number) => randomBytes(length) }
export const secrets = openSecrets('a secret that is long enough for a bench', chance)

export const makeFirst = ({ db }: Database) => bootstrap({ db, secrets, clock, chance, makeId })

/** `bearers`: the key of whoever asks. */
export async function openAsker(database: Database, bearers: Readonly<Record<Question['by'], string>>): Promise<Asker> {
  const keys = await openKeyCache({ database, secrets, clock })
  const catalog = await openCatalog({ database, secrets })
  const live = await openLive({ database, clock, payments, warn: (_message, error) => rethrow(error) })
  const app = openApi({
    ...{ database, catalog, secrets, clock, makeId, live, payments },
    chance,
    authenticate: keys.authenticate,
    trustedProxies: openNetworks([]),
    health: openHealth(),
    jobs: { runNow: () => Promise.resolve({ kind: 'unknown' }) },
    rateLimits: { key: none, account: none },
    metrics: { text: () => Promise.resolve(''), access: 'operator' },
    stripe: noStripe,
    crypto: noCrypto,
    signIn: {
      rules: { signUp: 'open', welcomeCredits: zero },
      chains: new Map(),
      oauth: {},
      onOAuthFault: () => {},
      mailer: undefined,
      onCode: () => {},
      onMailFault: rethrow,
    },
    onFault: ({ error }) => rethrow(error),
  })
  return {
    async ask({ path, by, body }) {
      const startMs = clock.monotonicMs()
      const answer = await app.request(path, {
        headers: { authorization: `Bearer ${bearers[by]}`, 'content-type': 'application/json' },
        ...(body && { method: 'POST', body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (answer.status !== 200) throw new Error(`${path}: ${text}`)
      return { ms: clock.monotonicMs() - startMs, bytes: text.length }
    },
    async close() {
      await live.close()
      await keys.close()
      await catalog.close()
      await database.close()
    },
  }
}
