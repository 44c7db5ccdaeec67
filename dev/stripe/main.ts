/** `npm run dev:stripe`: the Stripe emulator, until Ctrl-C. Everything is in memory and gone after it. */
import { parseArgs } from 'node:util'
import { developmentKey, developmentSecret, startStripeEmulator } from './index.ts'

const usage = `npm run dev:stripe -- [OPTION]...

  --port PORT       of 127.0.0.1; 12111 unless it is said
  --webhook URL     where events are sent, on this machine; http://127.0.0.1:8787/api/v1/payments/stripe/webhook
                    unless it is said
`

const fail = (why: string): never => {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

if (process.env['NODE_ENV'] === 'production') fail('The Stripe emulator does not run where NODE_ENV is production.')

const values = read()
const port = Number(values.port)
if (values.help) process.stdout.write(usage)
else if (!Number.isInteger(port) || port < 1 || port > 65_535) fail(`--port is a number from 1 to 65535.\n\n${usage}`)
else await run()

function read() {
  try {
    return parseArgs({
      options: {
        port: { type: 'string', default: '12111' },
        webhook: { type: 'string', default: 'http://127.0.0.1:8787/api/v1/payments/stripe/webhook' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`)
  }
}

async function run() {
  const emulator = await startStripeEmulator({ port, webhookUrl: values.webhook }).catch((error: unknown) =>
    fail((error as Error).message),
  )
  process.stdout.write(`Stripe emulator at ${emulator.url} (test cards alone; nothing leaves this machine).
Webhooks go to ${values.webhook}

Start RedPill with it:

  STRIPE_SECRET_KEY=${developmentKey} STRIPE_WEBHOOK_SECRET=${developmentSecret} REDPILL_STRIPE_API_URL=${emulator.url} npm start

`)
  const stop = () => void emulator.close().then(() => process.exit(0))
  process.once('SIGINT', stop)
  process.once('SIGTERM', stop)
}
