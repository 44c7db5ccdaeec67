import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { mkdir, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { temporaryFolder } from '../../test/support/scratch.ts'
import { openSite, type SiteOptions } from './index.ts'

const page = '<!doctype html><title>The console</title>'
const script = `console.log('${'the script '.repeat(100)}')`
const secret = 'what stands beside the build'

/** A build as `npm run build` leaves it, and a server of it. */
async function openBuild(t: TestContext, options: Partial<SiteOptions> = {}) {
  const folder = await temporaryFolder(t)
  const directory = join(folder, 'dist')
  await mkdir(join(directory, 'assets'), { recursive: true })
  await writeFile(join(folder, 'secret.txt'), secret)
  await writeFile(join(directory, 'index.html'), page)
  await writeFile(join(directory, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  await writeFile(join(directory, '.sources'), secret)
  await writeFile(join(directory, 'notes.unknown'), secret)
  await symlink(join(folder, 'secret.txt'), join(directory, 'link.txt'))
  await writeFile(join(directory, 'assets', 'app-B0a7.js'), script)
  await writeFile(join(directory, 'assets', 'app-B0a7.js.br'), brotliCompressSync(script))
  await writeFile(join(directory, 'assets', 'app-B0a7.js.gz'), gzipSync(script))
  const complaints: string[] = []
  const open = async () => {
    const site = await openSite({ directory, isHttps: false, onMissing: (why) => complaints.push(why), ...options })
    return (path: string, headers: Record<string, string> = {}, method = 'GET') =>
      site(new Request(`http://localhost:8787${path}`, { method, headers }))
  }
  return { directory, complaints, open, ask: await open() }
}

const asBrowser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }

test('every path that a browser opens is the page, which is asked for again each time', async (t) => {
  const { ask } = await openBuild(t)
  for (const path of ['/', '/index.html', '/keys', '/keys/01980f3e?range=7d', '/models/openai/gpt-4.1', '/Keys/']) {
    const answer = ask(path, asBrowser)
    equal(answer?.status, 200, path)
    equal(answer.headers.get('cache-control'), 'no-cache')
    equal(answer.headers.get('content-type'), 'text/html; charset=utf-8')
    equal(await answer.text(), page)
  }
})

test('a hashed file is kept for a year and comes in the smallest form that the browser takes', async (t) => {
  const { ask } = await openBuild(t)
  const path = '/assets/app-B0a7.js'
  const unpack = { br: brotliDecompressSync, gzip: gunzipSync }
  for (const [accepted, encoding] of [
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1.0, br;q=0', 'gzip'],
    ['GZIP', 'gzip'],
    ['br;q=0.0, gzip;q=0', null],
    ['', null],
  ] as const) {
    const answer = ask(path, { 'accept-encoding': accepted })
    equal(answer?.headers.get('content-encoding'), encoding)
    equal(answer.headers.get('cache-control'), 'public, max-age=31536000, immutable')
    equal(answer.headers.get('vary'), 'accept-encoding')
    const body = Buffer.from(await answer.arrayBuffer())
    equal(answer.headers.get('content-length'), String(body.length))
    equal(String(encoding === null ? body : unpack[encoding](body)), script)
  }
})

test('a browser that has a file already is told so, by a tag of its content and form', async (t) => {
  const { ask, directory, open } = await openBuild(t)
  const tag = ask('/', asBrowser)?.headers.get('etag') ?? ''
  match(tag, /^"[\w-]{27}"$/)
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const answer = ask('/', { ...asBrowser, 'if-none-match': known })
    equal(answer?.status, 304)
    equal(answer.headers.get('etag'), tag)
    equal(await answer.text(), '')
  }
  equal(ask('/', { ...asBrowser, 'if-none-match': '"other"' })?.status, 200)
  notEqual(
    ask('/assets/app-B0a7.js', { 'accept-encoding': 'br' })?.headers.get('etag'),
    ask('/assets/app-B0a7.js')?.headers.get('etag'),
  )
  await writeFile(join(directory, 'index.html'), `${page}!`)
  equal(ask('/', { ...asBrowser, 'if-none-match': tag })?.status, 304, 'read once, at the start')
  equal((await open())('/', { ...asBrowser, 'if-none-match': tag })?.status, 200)
})

test('HEAD tells what GET would, without the body', async (t) => {
  const { ask } = await openBuild(t)
  const [head, get] = [ask('/assets/app-B0a7.js', {}, 'HEAD'), ask('/assets/app-B0a7.js')]
  deepEqual([...head!.headers], [...get!.headers])
  equal(await head!.text(), '')
})

test('what is no file of the build and no page is nothing', async (t) => {
  const { ask } = await openBuild(t)
  equal(ask('/assets/app-gone.js', asBrowser), undefined)
  equal(ask('/logo.png', { accept: 'image/avif,image/webp,*/*;q=0.8' }), undefined)
  equal(ask('/keys', { accept: 'application/json' }), undefined)
  equal(ask('/keys'), undefined)
  for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) equal(ask('/', asBrowser, method), undefined)
  for (const path of ['/.sources', '/notes.unknown', '/link.txt', '/assets/app-B0a7.js.br', '/assets'])
    equal(ask(path), undefined, path)
})

test('no path reaches a file beside the build', async (t) => {
  const { ask } = await openBuild(t)
  const step = fc.constantFrom('..', '.', '%2e%2e', '%2E.', '..%2f', '..\\', '%5c..', '%00', 'assets', '', '//', 'dist')
  const end = fc.constantFrom('secret.txt', 'dist/.sources', '.sources', 'link.txt', 'etc/passwd', 'secret.txt%00.js')
  const path = fc.tuple(fc.array(fc.oneof(step, fc.string({ maxLength: 6 })), { maxLength: 8 }), end)
  await fc.assert(
    fc.asyncProperty(path, async ([steps, last]) => {
      const url = `/${steps.join('/')}/${last}`
      if (!URL.canParse(`http://localhost:8787${url}`)) return
      for (const headers of [{}, asBrowser]) {
        const text = (await ask(url, headers)?.text()) ?? ''
        ok(!text.includes(secret) && !text.includes('root:'), url)
      }
    }),
    { numRuns: 2_000 },
  )
})

test('pages and files come with headers that keep everything else out', async (t) => {
  const { ask } = await openBuild(t)
  for (const path of ['/', '/assets/app-B0a7.js', '/favicon.svg']) {
    const { headers } = ask(path)!
    const policy = headers.get('content-security-policy') ?? ''
    for (const rule of ["default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'"])
      ok(policy.includes(rule), rule)
    for (const rule of [
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
      "require-trusted-types-for 'script'",
    ])
      ok(policy.includes(rule), rule)
    ok(!/unsafe|https?:|\*/.test(policy), policy)
    equal(headers.get('x-content-type-options'), 'nosniff')
    equal(headers.get('referrer-policy'), 'same-origin')
    equal(headers.get('cross-origin-opener-policy'), 'same-origin')
    equal(headers.get('cross-origin-resource-policy'), 'same-origin')
    match(headers.get('permissions-policy') ?? '', /camera=\(\)/)
    equal(headers.get('strict-transport-security'), null)
  }
  const overHttps = await openBuild(t, { isHttps: true })
  equal(overHttps.ask('/')?.headers.get('strict-transport-security'), 'max-age=31536000')
})

test('without a build, and with one that is too large for memory, pages say how to build it', async (t) => {
  const { directory, complaints, open } = await openBuild(t)
  await truncate(join(directory, 'favicon.svg'), 40 * 1_048_576)
  const ask = await open()
  match(complaints[0] ?? '', /more than 32 MiB/)
  match((await ask('/', asBrowser)?.text()) ?? '', /npm run build/)
  equal(ask('/assets/app-B0a7.js'), undefined)
  const absent: string[] = []
  const site = await openSite({
    directory: join(directory, 'none'),
    isHttps: false,
    onMissing: (why) => absent.push(why),
  })
  match((await site(new Request('http://localhost/keys', { headers: asBrowser }))?.text()) ?? '', /npm run build/)
  equal(absent.length, 1)
})
