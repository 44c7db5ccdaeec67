/**
 * `npm run dev:chain`: a chain of this laptop that the server and wallets can use, until Ctrl-C; it goes on from where it
 * was. `npm run dev:chain -- fund ADDRESS` gives test money.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { startDevChain } from './index.ts'

const usage = `npm run dev:chain -- [OPTION]...          runs the chain
npm run dev:chain -- fund ADDRESS         gives 1 ETH, 1000 TestUSDC and 1000 TestUSDT

  --port PORT            of 127.0.0.1; 8545 unless it is said
  --block-time SECONDS   between blocks; 2 unless it is said
  --data FOLDER          where it keeps what it goes on from; .redpill/dev-chain unless it is said
  --fresh                forgets everything and begins at block 0
  --eth, --usdc, --usdt AMOUNT   what fund gives
`

const fail = (why: string): never => {
  process.stderr.write(`${why}\n`)
  process.exit(2)
}

if (process.env['NODE_ENV'] === 'production')
  fail('The dev chain hands out money and has keys that everybody knows: it does not run where NODE_ENV is production.')

const { values, positionals } = readArguments()
const port = readNumber('port', values.port ?? '8545')
const folder = resolve(values.data ?? join(import.meta.dirname, '..', '..', '.redpill', 'dev-chain'))
const chainsFile = join(folder, 'chains.json')
const stateFile = join(folder, 'state.json')
if (values.help) process.stdout.write(usage)
else if (positionals[0] === 'fund') await fund(positionals[1])
else if (positionals.length > 0) fail(`There is no ${positionals[0]}.\n\n${usage}`)
else await run()

function readArguments() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    port: text,
    'block-time': text,
    data: text,
    fresh: flag,
    help: flag,
    eth: text,
    usdc: text,
    usdt: text,
  }
  try {
    return parseArgs({ options, allowPositionals: true })
  } catch (error) {
    return fail(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  }
}

function readNumber(name: string, value: string): number {
  const number = Number(value)
  return Number.isInteger(number) && number >= 0 && number < 65_536 ? number : fail(`--${name} must be a whole number`)
}

async function run(): Promise<void> {
  mkdirSync(folder, { recursive: true })
  if (values.fresh) rmSync(stateFile, { force: true })
  let stop = (): unknown => process.exit(130)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop())
  const blockTime = readNumber('block-time', values['block-time'] ?? '2')
  const chain = await startDevChain({ port, blockTime, stateFile }).catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException
    return fail(code === 'EADDRINUSE' ? `Port ${port} is taken: by a dev chain that runs already? (--port)` : message)
  })
  let isStopping = false
  stop = () => {
    isStopping = true
    return chain.stop()
  }
  writeFileSync(chainsFile, `${JSON.stringify(chain.chainsFile(), undefined, 2)}\n`)
  const { signer, relayer, payers } = chain.accounts
  const settings = {
    REDPILL_CHAINS: quoted(chainsFile),
    REDPILL_QUOTE_SIGNER_KEY: signer.key,
    REDPILL_RELAYER_KEY: relayer.key,
  }
  const line = Object.entries(settings).map(([name, value]) => `${name}=${value}`)
  process.stdout
    .write(`Dev chain at ${chain.rpcUrl}, chain id ${chain.chainId}, a block every ${blockTime} s while it is used. Nothing on it is worth anything.

The server takes payments on it with:

  ${line.join(' ')} npm start

For a wallet in the browser: add a network with this address and chain id, import an account that has 10,000 ETH
  ${payers[0].key}
or give one of yours some ETH, TestUSDC and TestUSDT:
  npm run dev:chain -- fund 0x...${port === 8_545 ? '' : ` --port ${new URL(chain.rpcUrl).port}`}

  TestUSDC ${chain.addresses.usdc}
  TestUSDT ${chain.addresses.usdt}

Ctrl-C stops it; the next start goes on from there (--fresh does not).
`)
  await chain.ended
  await chain.stop()
  if (!isStopping) fail('The node of the dev chain ended by itself.')
}

/** As a shell takes it. */
function quoted(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

async function fund(address: string | undefined): Promise<void> {
  if (!address) return fail(`Whom?\n\n${usage}`)
  const asked = Object.entries({ eth: values.eth, usdc: values.usdc, usdt: values.usdt }).filter(([, amount]) => amount)
  const params = asked.length > 0 ? [address, Object.fromEntries(asked)] : [address]
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'redpill_faucet', params })
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', headers, body }).catch(() => undefined)
  if (!reply) return fail(`No dev chain answers on port ${port}: start it with \`npm run dev:chain\``)
  const { result, error } = (await reply.json()) as { result?: readonly string[]; error?: { message: string } }
  if (!result) return fail(error?.message ?? 'The dev chain did not understand.')
  process.stdout.write(`Sent: ${result.join(', ')}\n`)
}
