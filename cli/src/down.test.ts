import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { temporaryFolder } from '../../server/test/support/scratch.ts'
import { noTerminal, redpill, root, startOnTerminal } from './test/redpill.ts'

/** A port where nobody listens, nor gets to meanwhile: systems hand out higher ones. */
async function closedPort(): Promise<number> {
  for (;;) {
    const port = 20_000 + randomInt(10_000)
    const socket = connect(port, '127.0.0.1')
    const isTaken = await once(socket, 'connect').then(
      () => true,
      () => false,
    )
    socket.destroy()
    if (!isTaken) return port
  }
}

async function stoppedServer(t: TestContext): Promise<Record<string, string>> {
  const folder = await temporaryFolder(t)
  const url = `http://127.0.0.1:${await closedPort()}`
  const keys = { url, operatorKey: 'sk-rpm-operator', demoKey: 'sk-rp-demo', consoleSignIn: null }
  await writeFile(join(folder, 'bootstrap.json'), JSON.stringify(keys), { mode: 0o600 })
  await writeFile(join(folder, 'secret'), 'x'.repeat(64), { mode: 0o600 })
  return { REDPILL_DATA: folder }
}

test('when the server is stopped, every command says in one sentence how to start it', async (t) => {
  const environment = await stoppedServer(t)
  const commands = [
    'chat hi',
    'models',
    'keys list',
    'credits',
    'accounts list',
    'providers test',
    'usage',
    'reconcile',
  ]
  const all = commands.map(async (command) => {
    const { code, stdout, stderr } = await redpill(command.split(' '), { environment })
    assert.equal(code, 1, command)
    assert.equal(stdout, '', command)
    assert.match(stderr, /^redpill: RedPill does not answer at \S+ \(ECONNREFUSED\)\. Start it with: npm start, .*\n$/)
  })
  await Promise.all(all)
})

test('before the first start, commands say that there are no keys yet and how they come about', async (t) => {
  const folder = await temporaryFolder(t)
  const { code, stderr } = await redpill(['credits'], { environment: { REDPILL_DATA: folder } })
  assert.equal(code, 1)
  assert.match(stderr, /^redpill: There is no key: .*Start it with: npm start, .*\n$/)
})

test('doctor works while the server is stopped, and says what to do', async (t) => {
  const environment = await stoppedServer(t)
  const { code, stdout, stderr } = await redpill(['doctor'], { environment })
  assert.equal(code, 1)
  assert.match(stdout, /^ok +Node\.js/m)
  assert.match(stdout, /^ok +dependencies/m)
  assert.match(stdout, /^ok +data directory/m)
  assert.match(stdout, /^ok +secret/m)
  assert.match(stdout, /^fail +server .*\n +-> Start it with: npm start$/m)
  assert.match(stdout, /^skip +database +none yet/m)
  assert.match(stderr, /^redpill: 1 of \d+ checks failed\.\n$/)
})

test('doctor finds what is wrong with a data directory, a secret and an address of a database', async (t) => {
  const environment = await stoppedServer(t)
  const folder = environment['REDPILL_DATA']!
  await chmod(folder, 0o755)
  await writeFile(join(folder, 'secret'), '', { flag: 'w' })
  await chmod(join(folder, 'secret'), 0o644)
  const databaseUrl = `postgres://redpill@127.0.0.1:${await closedPort()}/redpill`
  const { stdout } = await redpill(['doctor', '--json'], {
    environment: { ...environment, REDPILL_DATABASE_URL: databaseUrl },
  })
  const { ok, checks } = JSON.parse(stdout) as {
    ok: boolean
    checks: { name: string; state: string; advice?: string }[]
  }
  assert.equal(ok, false)
  const found = (name: string) => checks.find((check) => check.name === name)
  assert.deepEqual([found('data directory')?.state, found('data directory')?.advice], ['warn', `chmod 700 ${folder}`])
  assert.deepEqual([found('secret')?.state, found('secret')?.advice], ['warn', `chmod 600 ${join(folder, 'secret')}`])
  assert.deepEqual([found('database')?.state, found('database')?.advice], ['fail', 'start PostgreSQL there'])
})

test('keys are not taken from a bootstrap.json that others can read, such as one that came with a folder', async (t) => {
  const cwd = await temporaryFolder(t)
  await mkdir(join(cwd, '.redpill'))
  const file = join(cwd, '.redpill', 'bootstrap.json')
  await writeFile(file, JSON.stringify({ url: 'http://127.0.0.1:9', demoKey: 'sk-rp-x' }), { mode: 0o644 })
  const { code, stderr } = await redpill(['chat', 'hi'], { cwd, environment: { REDPILL_API_KEY: 'sk-rp-mine' } })
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`^redpill: ${file} can be read by others`))
})

test('the data directory below the current folder goes before that of the repository', async (t) => {
  const cwd = await temporaryFolder(t)
  await mkdir(join(cwd, '.redpill'))
  const url = `http://127.0.0.1:${await closedPort()}`
  const file = join(cwd, '.redpill', 'bootstrap.json')
  await writeFile(file, JSON.stringify({ url, demoKey: 'sk-rp-x' }), { mode: 0o600 })
  const { stderr } = await redpill(['chat', 'hi'], { cwd })
  assert.ok(stderr.includes(`does not answer at ${url} `), stderr)
  assert.ok(stderr.includes(`Start it with: ${root}/redpill serve,`), stderr)
})

/** An HTTP server of the test's own, in place of RedPill. */
async function otherServer(t: TestContext, listener: RequestListener): Promise<Record<string, string>> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const keys = { REDPILL_API_KEY: 'sk-rp-x', REDPILL_OPERATOR_KEY: 'sk-rpm-x' }
  return { REDPILL_URL: `http://127.0.0.1:${port}`, REDPILL_DATA: '/nowhere', ...keys }
}

test('something else at the address is told from RedPill', async (t) => {
  const environment = await otherServer(t, (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome</html>')
  })
  for (const command of ['models', 'chat hi', 'doctor']) {
    const { code, stdout, stderr } = await redpill(command.split(' '), { environment })
    assert.equal(code, 1, command)
    assert.match(stdout + stderr, /address from REDPILL_URL\) is not RedPill/, command)
    assert.doesNotMatch(stderr, /\n +at /, command)
  }
})

test('when the answer to a change is lost, the error says how to repeat it without doing it twice', async (t) => {
  const keysSeen: (string | undefined)[] = []
  const environment = await otherServer(t, (request, response) => {
    keysSeen.push(request.headers['idempotency-key'] as string | undefined)
    response.destroy()
  })
  const { code, stderr } = await redpill(['accounts', 'create', 'Acme'], { environment })
  assert.equal(code, 1)
  const [, told] = /Repeat the command with --idempotency-key (\S+): then it is done once\.\n$/.exec(stderr) ?? []
  assert.ok(told, stderr)
  assert.deepEqual(new Set(keysSeen), new Set([told]))
})

test(
  'what takes longer than a second is said, on a terminal, and gone when it is done',
  { skip: noTerminal, timeout: 60_000 },
  async (t) => {
    let answer = () => {}
    const environment = await otherServer(t, (_request, response) => {
      answer = () => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"data":[]}')
    })
    const running = startOnTerminal(t, 'models', { environment })
    await running.printed('GET /v1/models ... 1 s')
    answer()
    const { stdout } = await running.ended
    assert.ok(stdout.includes('\r\u001B[KNo model can be called'), stdout)
  },
)
