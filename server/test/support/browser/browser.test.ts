import { equal, match, rejects } from 'node:assert/strict'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { getRequestListener } from '@hono/node-server'
import { openSite } from '../../../src/site/index.ts'
import { atEnd, type Scope } from '../scope.ts'
import { temporaryFolder } from '../scratch.ts'
import {
  addPasskeyDevice,
  browserTest,
  expectAccessible,
  expectStill,
  focusedName,
  openPage,
  pressKeys,
  tabTo,
} from './index.ts'

type Built = { readonly body: string; readonly script?: string; readonly style?: string }

/** A page as the server would serve it, with all of its headers. */
async function servePage(scope: Scope, { body, script = '', style = '' }: Built): Promise<string> {
  const directory = await temporaryFolder(scope)
  await mkdir(join(directory, 'assets'))
  const head = `<title>A page</title><link rel="stylesheet" href="/assets/page.css"><link rel="icon" href="data:,">`
  const html = `<!doctype html><html lang="en"><head>${head}</head><body>${body}<script src="/assets/page.js"></script></body></html>`
  await writeFile(join(directory, 'index.html'), html)
  await writeFile(join(directory, 'assets', 'page.css'), `:root { color-scheme: light dark } ${style}`)
  await writeFile(join(directory, 'assets', 'page.js'), script)
  const site = await openSite({ directory, isHttps: false, onMissing: () => {} })
  const listener = getRequestListener((request) => site(request) ?? new Response('nothing', { status: 404 }))
  const server = createServer((request, response) => void listener(request, response)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  atEnd(scope, () => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What the end of a test would say of a page. */
async function judged(
  built: Built,
  act: (page: Awaited<ReturnType<typeof openPage>>) => Promise<unknown> = async () => {},
) {
  const endings: (() => Promise<void>)[] = []
  const scope: Scope = { after: (ending) => void endings.push(ending) }
  const page = await openPage(scope, await servePage(scope, built))
  try {
    await page.goto('/')
    await act(page)
    await page.evaluate('new Promise((resolve) => setTimeout(resolve, 50))')
  } catch (error) {
    for (const ending of endings) await ending().catch(() => {})
    throw error
  }
  for (const ending of endings) await ending()
}

const good: Built = { body: '<main><h1>A page</h1><button type="button">Go on</button></main>' }

const bad: readonly [title: string, built: Built, complaint: RegExp][] = [
  ['writes an error to its console', { ...good, script: `console.error('so wrong')` }, /so wrong/],
  ['throws', { ...good, script: `setTimeout(() => { throw new Error('thrown late') })` }, /thrown late/],
  ['forgets a promise', { ...good, script: `Promise.reject(new Error('forgotten'))` }, /forgotten/],
  ['has a style in its markup', { body: `${good.body}<p style="color: red">red</p>` }, /inline style/],
  ['has a script in its markup', { body: `${good.body}<script>1</script>` }, /inline script/],
  ['makes markup of strings', { ...good, script: `document.body.innerHTML = '<p>made</p>'` }, /TrustedHTML/],
  ['asks somebody else', { ...good, script: `fetch('https://example.com/pixel').catch(() => {})` }, /example\.com/],
  ['asks for a file that is gone', { body: `${good.body}<img src="/assets/gone.png" alt="">` }, /gone\.png/],
]

for (const [title, built, complaint] of bad)
  browserTest(`a test fails when its page ${title}`, () => rejects(judged(built), complaint))

browserTest('a page that does nothing wrong passes, styles set by scripts included', () =>
  judged({ ...good, script: `document.querySelector('button').style.color = 'CanvasText'` }),
)

browserTest('what axe finds under the strict policy is told with its width and scheme', () =>
  rejects(
    judged({ body: `<main><h1>A page</h1><button type="button"></button></main>` }, expectAccessible),
    /320 px, light; 768 px, light; 1280 px, light: button-name/,
  ),
)

browserTest('what can be read in light and not in dark is told', () =>
  rejects(
    judged(
      { ...good, style: '@media (prefers-color-scheme: dark) { body { background: black } h1 { color: #222 } }' },
      expectAccessible,
    ),
    /320 px, dark; 768 px, dark; 1280 px, dark: color-contrast/,
  ),
)

browserTest('a page that is wider than a narrow window is told', () =>
  rejects(judged({ ...good, style: 'h1 { width: 700px }' }, expectAccessible), /320 px: the page is wider/),
)

browserTest('a page that is fine for everybody passes at each width, light and dark', () =>
  judged(good, expectAccessible),
)

browserTest('what moves by itself is told', () =>
  rejects(
    judged(
      {
        body: '<main><h1>A page</h1><p>What is read</p></main>',
        style: 'p { height: 500px; margin: 0; background: gray }',
        script: `requestAnimationFrame(() => requestAnimationFrame(() => { document.querySelector('h1').style.paddingTop = '300px' }))`,
      },
      async (page) => {
        await page.evaluate('new Promise((resolve) => setTimeout(resolve, 300))')
        await expectStill(page)
      },
    ),
    /the page moved by 0\.\d+/,
  ),
)

browserTest('keys go where a person without a mouse would get', async (t) => {
  const body = `<main><h1>A page</h1><a href="#1">One</a> <a href="#2">Two</a> <a href="#3" tabindex="-1">Three</a> <input aria-label="Name"></main>`
  const page = await openPage(t, await servePage(t, { body }))
  await page.goto('/')
  await tabTo(page, { role: 'link', name: 'Two' })
  equal(await focusedName(page), 'Two')
  await tabTo(page, { role: 'textbox', name: /name/i })
  await pressKeys(page, 'a b')
  equal(await page.getByRole('textbox').inputValue(), 'ab')
  await rejects(tabTo(page, { role: 'link', name: 'Three' }), /it passed .*One/)
})

browserTest('a passkey can be made on the device of a test', async (t) => {
  const page = await openPage(t, await servePage(t, good))
  await page.goto('/')
  const device = await addPasskeyDevice(page)
  const made = await page.evaluate(`navigator.credentials.create({ publicKey: {
    rp: { id: 'localhost', name: 'A test' },
    user: { id: new Uint8Array(16), name: 'somebody', displayName: 'Somebody' },
    challenge: new Uint8Array(32), pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  } }).then(({ type }) => type)`)
  match(String(made), /public-key/)
  equal(await device.count(), 1)
})
