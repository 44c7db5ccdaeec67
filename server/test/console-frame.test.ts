import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { after, suite } from 'node:test'
import {
  addPasskeyDevice,
  addWallet,
  beginSession,
  browserTest,
  expectAccessible,
  expectStill,
  focusedName,
  openPage,
  openSecondPage,
  type Page,
  pressKeys,
  signIn,
  tabTo,
} from './support/browser/index.ts'
import { testDatabase } from './support/database.ts'
import { eventually } from './support/eventually.ts'
import { openMailbox } from './support/mailbox.ts'
import { startServer } from './support/server.ts'

const mailbox = await openMailbox({ after })
const { url: databaseUrl } = await testDatabase({ after })
const server = await startServer(
  { after },
  { databaseUrl, environment: { REDPILL_SMTP_URL: mailbox.url, REDPILL_MAIL_FROM: 'redpill@mail.example' } },
)
const nowhere = '/nothing/is/here'

const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

suite('the door', () => {
  browserTest('who is not signed in is asked who they are, and then comes where they wanted to go', async (t) => {
    const page = await openPage(t, server.url)
    await page.goto(`${nowhere}?zone=utc`)
    await heading(page, 'Sign in to RedPill').waitFor()
    await page.getByLabel('E-mail').fill('ada@example.com')
    await page.getByRole('button', { name: 'Send a code' }).click()
    const code = /^(\d{6})\r?$/m.exec((await mailbox.mailTo('ada@example.com')).text)?.[1] ?? ''
    await page.getByLabel('Code of six digits').fill(code)
    await page.keyboard.press('Enter')
    await heading(page, 'There is no such page').waitFor()
    const { pathname, search } = new URL(page.url())
    equal(pathname + search, `${nowhere}?zone=utc`)
  })

  browserTest('a wrong code is told at its field, and another one can be had', async (t) => {
    const page = await openPage(t, server.url)
    await page.goto('/sign-in')
    await page.getByLabel('E-mail').fill('grace@example.com')
    await page.keyboard.press('Enter')
    const code = /^(\d{6})\r?$/m.exec((await mailbox.mailTo('grace@example.com')).text)?.[1] ?? ''
    await page.getByLabel('Code of six digits').fill(String((Number(code) + 1) % 1_000_000).padStart(6, '0'))
    await page.keyboard.press('Enter')
    match(await page.getByRole('alert').innerText(), /wrong or too old[^]*Request [0-9a-f-]{20,}/)
    await page.getByRole('button', { name: 'Send another code' }).click()
    await page.getByRole('alert').waitFor({ state: 'hidden' })
    equal(await page.getByLabel('Code of six digits').inputValue(), '')
  })

  browserTest('somebody new makes a passkey, signs out, and comes back with it', async (t) => {
    const page = await openPage(t, server.url)
    const device = await addPasskeyDevice(page)
    await page.goto('/sign-in?next=/nothing')
    await page.getByText('New here?').click()
    await page.getByLabel('Your name').fill('Ada')
    await page.getByRole('button', { name: 'Make a passkey' }).click()
    await heading(page, 'There is no such page').waitFor()
    equal(await device.count(), 1)
    await page.getByRole('button', { name: 'Signed in as Ada' }).click()
    await page.getByRole('menuitem', { name: /Sign out/ }).click()
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    await page.getByRole('button', { name: 'Signed in as Ada' }).waitFor()
  })

  browserTest('a wallet that announces itself signs in, and one whose owner declines says so', async (t) => {
    const page = await openPage(t, server.url)
    const wallet = await addWallet(page)
    wallet.declines = true
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in with Test Wallet' }).click()
    await page
      .getByRole('alert')
      .filter({ hasText: /You declined in the wallet/ })
      .waitFor()
    wallet.declines = false
    await page.getByRole('button', { name: 'Sign in with Test Wallet' }).click()
    await page.getByRole('button', { name: new RegExp(`^Signed in as ${wallet.address.slice(0, 6)}`, 'i') }).waitFor()
  })

  browserTest('without a passkey for this site it is said so', async (t) => {
    const page = await openPage(t, server.url)
    await addPasskeyDevice(page)
    await page.goto('/sign-in')
    await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
    match(await page.getByRole('alert').innerText(), /no passkey for this site/)
  })

  browserTest(
    'an invitation is read before signing in: who is new joins by coming in, others by a press',
    async (t) => {
      const { data: organisation } = await server.manage<{ data: { id: string } }>('POST', '/accounts', {
        name: 'Red Team',
      })
      const invite = async () => {
        const body = { email: 'team@example.com', role: 'developer' }
        return (await server.manage<{ link: string }>('POST', `/accounts/${organisation.id}/invitations`, body)).link
      }
      const page = await openPage(t, server.url)
      await page.goto(`/join${new URL(await invite()).hash}`)
      await heading(page, 'Join Red Team').waitFor()
      equal(new URL(page.url()).hash, '')
      await expectAccessible(page)
      await page.getByRole('link', { name: 'Sign in to join' }).click()
      await page.getByLabel('E-mail').fill('joan@example.com')
      await page.keyboard.press('Enter')
      const code = /^(\d{6})\r?$/m.exec((await mailbox.mailTo('joan@example.com')).text)?.[1] ?? ''
      await page.getByLabel('Code of six digits').fill(code)
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Account: Red Team' }).waitFor()
      const member = await openPage(t, server.url)
      await signIn(member, server, `/join${new URL(await invite()).hash}`)
      await member.getByRole('button', { name: /^Join as / }).click()
      await member.getByRole('button', { name: 'Account: Red Team' }).waitFor()
    },
  )

  browserTest('an address does not lead to another site after signing in', async (t) => {
    for (const next of ['//evil.example/x', '/\\evil.example', 'https://evil.example']) {
      const page = await openPage(t, server.url)
      const { data } = await server.manage<{ data: { url: string } }>('POST', '/sign-in/links')
      await page.goto(`/sign-in?next=${encodeURIComponent(next)}${new URL(data.url).hash}`)
      await page.getByRole('button', { name: 'Sign in with this link' }).click()
      await page.getByRole('navigation', { name: 'Pages' }).waitFor()
      equal(new URL(page.url()).pathname, '/')
    }
  })

  browserTest('a link that was used says so, and where to get another one', async (t) => {
    const { data } = await server.manage<{ data: { url: string } }>('POST', '/sign-in/links')
    const { hash } = new URL(data.url)
    for (const expected of [/There is no such page|Overview/, 'Sign in as the operator']) {
      const page = await openPage(t, server.url)
      await page.goto(`/sign-in${hash}`)
      await page.getByRole('button', { name: 'Sign in with this link' }).click()
      await heading(page, expected).waitFor()
      if (typeof expected === 'string') await page.getByText(/`redpill console`/).waitFor()
    }
  })

  for (const width of [320, 1280])
    browserTest(`why a button is off is said beside it, inside a window of ${width} px`, async (t) => {
      const page = await openPage(t, server.url, { width })
      await page.goto('/sign-in')
      const button = page.getByRole('button', { name: /wallet/ })
      await button.hover()
      const reason = page.getByRole('tooltip', { name: 'This browser has no wallet that announces itself' })
      const [said, off] = [(await reason.boundingBox())!, (await button.boundingBox())!]
      ok(said.width > 100 && said.x >= 0 && said.x + said.width <= width, JSON.stringify(said))
      ok(said.y >= 0 && said.y + said.height <= page.viewportSize()!.height, JSON.stringify(said))
      ok(said.y + said.height <= off.y || said.y >= off.y + off.height, JSON.stringify([said, off]))
    })

  browserTest('it is fine for everybody, and nothing on it moves', async (t) => {
    const page = await openPage(t, server.url)
    await page.goto('/sign-in')
    await page.getByLabel('E-mail').waitFor()
    await expectStill(page)
    await expectAccessible(page)
  })
})

/** How often a page has asked the API each question. */
function questionsOf(page: Page): Map<string, number> {
  const asked = new Map<string, number>()
  page.on('request', (request) => {
    const { pathname, search } = new URL(request.url())
    if (pathname.startsWith('/api/') && pathname !== '/api/v1/events')
      asked.set(pathname + search, (asked.get(pathname + search) ?? 0) + 1)
  })
  return asked
}

async function grant(credits: string): Promise<void> {
  const { data } = await server.manage<{ data: { account: { id: string } } }>('GET', '/whoami')
  await server.manage('POST', `/accounts/${data.account.id}/grants`, { credits, reason: 'test' })
}

/** The credits that the top bar says can be spent. */
const available = async (page: Page): Promise<number> =>
  Number(/([\d,]+) credits/.exec(await page.locator('.balance').innerText())?.[1]?.replaceAll(',', ''))

const live = (page: Page) => page.locator('.balance[data-live="live"]:has(data.money)').waitFor()

suite('live', () => {
  browserTest('a page that is opened asks each question once', async (t) => {
    const page = await openPage(t, server.url)
    await beginSession(page, server)
    // However slow the machine is, the page waits for its stream, and asks nothing because time has passed.
    await page.addInitScript(`
      const later = setTimeout
      globalThis.setTimeout = (run, ms, ...more) => later(run, ms === 500 ? 60_000 : ms, ...more)
      globalThis.setInterval = () => 0`)
    const asked = questionsOf(page)
    for (const path of ['/', '/calls', '/credits']) {
      await page.goto(path)
      await live(page)
      await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' })
      // What would be asked a second time comes within a moment of the stream's beginning.
      await page.waitForTimeout(1_000)
      ok(asked.size > 2, path)
      deepEqual(
        [...asked].filter(([, times]) => times > 1),
        [],
        path,
      )
      asked.clear()
    }
  })

  browserTest('eight windows are live at once, and stay so when the first of them is closed', async (t) => {
    const first = await openPage(t, server.url)
    await signIn(first, server, '/')
    await live(first)
    const windows = await Promise.all(Array.from({ length: 7 }, () => openSecondPage(first)))
    for (const window of windows) {
      await window.goto('/')
      await live(window)
    }
    const before = await available(first)
    const shows = (window: Page, amount: number) =>
      eventually(`${amount} credits`, async () => (await available(window)) === amount)
    await grant('1111')
    for (const window of [first, ...windows]) await shows(window, before + 1_111)
    await first.close()
    await grant('1111')
    for (const window of windows) await shows(window, before + 2_222)
  })

  browserTest('a window in the background listens to nothing, and is true again when it is turned to', async (t) => {
    const page = await openPage(t, server.url)
    await page.addInitScript(
      `globalThis.isAway = false; Object.defineProperty(document, 'hidden', { get: () => isAway })`,
    )
    const turn = (isAway: boolean) =>
      page.evaluate(`globalThis.isAway = ${isAway}; document.dispatchEvent(new Event('visibilitychange'))`)
    await signIn(page, server, '/')
    await live(page)
    const left = page.waitForEvent('requestfailed', (request) => request.url().includes('/api/v1/events'))
    await turn(true)
    await left
    const before = await available(page)
    await grant('3333')
    // Longer than it takes until those who listen show it.
    await page.waitForTimeout(1_500)
    equal(await available(page), before)
    await turn(false)
    await eventually('the grant is shown', async () => (await available(page)) === before + 3_333)
  })
})

suite('the frame', () => {
  browserTest('whose credits are meant, and how many there are, stands on every page', async (t) => {
    const page = await openPage(t, server.url)
    await signIn(page, server, nowhere)
    await page.getByRole('button', { name: /^Account: / }).click()
    await page.getByRole('menuitemradio', { name: /Demo/ }).click()
    await page.getByRole('button', { name: 'Account: Demo' }).waitFor()
    await page.getByRole('button', { name: /Available.*10,000,000 credits/s }).waitFor()
    await page.reload()
    await page.getByRole('button', { name: 'Account: Demo' }).waitFor()
  })

  browserTest('amounts and times are shown as the reader chose, also after a reload', async (t) => {
    const page = await openPage(t, server.url, { timezone: 'Asia/Kolkata' })
    await signIn(page, server, nowhere)
    await page.getByRole('button', { name: 'Display' }).click()
    await page.getByText('Local (UTC+5:30)').waitFor()
    await page.getByText('USD', { exact: true }).click()
    await page.getByText('Dark', { exact: true }).click()
    await page.reload()
    await page.getByRole('button', { name: /Available.*\$/s }).waitFor()
    equal(await page.evaluate('document.documentElement.dataset.theme'), 'dark')
  })

  browserTest(
    'the palette, the sheet of keys and the menus work without a mouse, and give the focus back',
    async (t) => {
      const page = await openPage(t, server.url)
      await signIn(page, server, nowhere)
      await heading(page, 'There is no such page').waitFor()
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: /^Search/ }).fill('usd')
      await page.getByRole('option', { name: /Amounts in USD/ }).waitFor()
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: /Available.*\$/s }).waitFor()
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await tabTo(page, { role: 'button', name: /^Account: / })
      await pressKeys(page, 'Enter ArrowDown Escape')
      await eventually('the focus is back', async () => (await focusedName(page)).startsWith('Account: '))
    },
  )

  browserTest('who signs out sees nothing any more, also by going back', async (t) => {
    const page = await openPage(t, server.url)
    await signIn(page, server, nowhere)
    await page.getByRole('button', { name: /^Signed in as/ }).click()
    await page.getByRole('menuitem', { name: /Sign out/ }).click()
    await heading(page, 'Sign in to RedPill').waitFor()
    await page.goBack()
    await heading(page, 'Sign in to RedPill').waitFor()
  })

  browserTest('it is fine for everybody, its dialogs and menus too, and nothing on it moves', async (t) => {
    const page = await openPage(t, server.url)
    await signIn(page, server, nowhere)
    await heading(page, 'There is no such page').waitFor()
    await page.getByRole('button', { name: /Available.*credits/s }).waitFor()
    await expectStill(page)
    equal(await page.evaluate('document.activeElement.tagName'), 'H1')
    await expectAccessible(page)
    await page.keyboard.press('Control+k')
    await page.getByRole('combobox', { name: /^Search/ }).waitFor()
    await expectAccessible(page)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Display' }).click()
    await expectAccessible(page)
  })
})
