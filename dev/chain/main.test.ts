import { deepEqual, equal, match } from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, test, type TestContext } from 'node:test'
import type { Hex } from 'viem'
import { openClient } from './client.ts'

const program = join(import.meta.dirname, 'main.ts')
const folder = mkdtempSync(join(tmpdir(), 'redpill dev-chain-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const somebody: Hex = `0x${'c0'.repeat(20)}`

/** Runs the command to its end. */
async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...process.env, ...env }, stdio: 'pipe' })
  const [out, complaint] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, out, complaint }
}

/** Starts the command, and waits until it says where the chain is. */
async function start(t: TestContext, ...args: readonly string[]) {
  const child = spawn(process.execPath, [program, '--port', '0', '--block-time', '1', '--data', folder, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  t.after(() => child.kill('SIGKILL'))
  let out = ''
  for await (const piece of child.stdout) {
    out += String(piece)
    if (/Ctrl-C stops it/.test(out)) break
  }
  const url = /Dev chain at (\S+),/.exec(out)?.[1] ?? ''
  const stop = async (signal: NodeJS.Signals): Promise<unknown> => {
    child.kill(signal)
    return (await ended)[0]
  }
  return { url, port: new URL(url).port, out, client: openClient(url, 31_337), stop }
}

test('the dev chain runs until Ctrl-C, goes on from there, and forgets when it is told to', async (t) => {
  const first = await start(t)
  match(first.out, new RegExp(`REDPILL_CHAINS='${folder}/chains.json' REDPILL_QUOTE_SIGNER_KEY=0x\\w{64} .*npm start`))
  const file = JSON.parse(readFileSync(join(folder, 'chains.json'), 'utf8')) as { chains: { rpcUrls: string[] }[] }
  deepEqual(file.chains[0]?.rpcUrls, [first.url])
  const funded = await run(['fund', somebody, '--eth', '2.5', '--port', first.port])
  equal(funded.code, 0, funded.complaint)
  const hash = /0x\w{64}/.exec(funded.out)?.[0] as Hex
  const { blockNumber, blockHash } = await first.client.waitForTransactionReceipt({ hash })
  equal(await first.stop('SIGINT'), 0)

  const second = await start(t)
  equal(await second.client.getBalance({ address: somebody }), 2_500_000_000_000_000_000n)
  equal((await second.client.getBlock({ blockNumber })).hash, blockHash, 'the same chain')
  equal((await second.client.getTransactionReceipt({ hash })).blockHash, blockHash)
  equal(await second.stop('SIGTERM'), 0)

  const third = await start(t, '--fresh')
  equal(await third.client.getBalance({ address: somebody }), 0n)
  equal(await third.stop('SIGINT'), 0)
})

test('a port that is taken is said to be', async (t) => {
  const { port, stop } = await start(t)
  const { code, complaint } = await run(['--port', port, '--data', join(folder, 'second')])
  deepEqual([code, complaint], [2, `Port ${port} is taken: by a dev chain that runs already? (--port)\n`])
  equal(await stop('SIGINT'), 0)
})

test('the dev chain does not run in production, and says what it cannot read', async () => {
  const production = await run([], { NODE_ENV: 'production' })
  equal(production.code, 2)
  match(production.complaint, /does not run where NODE_ENV is production/)
  for (const [args, why] of [
    [['--port', 'x'], /--port must be a whole number/],
    [['--prot', '1'], /--prot/],
    [['found', somebody], /There is no found/],
    [['fund'], /Whom\?/],
    [['fund', somebody, '--port', '1'], /No dev chain answers on port 1/],
  ] as const) {
    const { code, complaint } = await run(args)
    equal(code, 2)
    match(complaint, why)
  }
})
