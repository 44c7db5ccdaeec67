import { deepEqual } from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { BrowserContext, Page } from 'playwright-core'
import { atEnd, type Scope } from '../scope.ts'
import { expectTest, leaveBrowser, noBrowser, theBrowser } from './chromium.ts'

export type { Page } from 'playwright-core'

export type PageOptions = {
  readonly width?: number
  readonly height?: number
  readonly colorScheme?: 'light' | 'dark'
  /** IANA's name. */
  readonly timezone?: string
  /** Other places to which the page may send its reader, such as one that takes cards. */
  readonly leadsTo?: readonly string[]
}

/** A test that needs a browser: says `skipped`, and why, where there is none. */
export function browserTest(title: string, run: (t: TestContext) => Promise<void>): void {
  const ended = expectTest()
  void test(title, { skip: noBrowser }, async (t) => {
    atEnd(t, ended)
    await run(t)
  })
}

/** Where people open a server that listens on this machine: by a name, since passkeys need one. */
export const consoleAt = (serverUrl: string): string => serverUrl.replace('//127.0.0.1:', '//localhost:')

/**
 * A page in a context of its own (cookies, storage), at the address of a server. The test fails for everything that a page
 * must never do: an error on its console, an uncaught error, what the content security policy stops, an asset that is
 * missing, a request to another origin. Refusals (4xx) of the API and of pay pages are part of what pages show.
 */
export async function openPage(t: Scope, serverUrl: string, options: PageOptions = {}): Promise<Page> {
  const { width = 1280, height = 800, colorScheme = 'light', timezone = 'UTC', leadsTo = [] } = options
  const origin = consoleAt(serverUrl)
  const browser = await theBrowser()
  const context = await browser.newContext({
    baseURL: origin,
    viewport: { width, height },
    timezoneId: timezone,
    locale: 'en-GB',
    ...{ colorScheme, reducedMotion: 'reduce' },
  })
  context.setDefaultTimeout(patienceMs)
  const faults = watch(context, [origin, ...leadsTo])
  atEnd(t, async () => {
    await context.close()
    leaveBrowser()
    deepEqual(faults, [], 'the page did what no page may')
  })
  await context.addInitScript(recordShifts)
  return context.newPage()
}

/** A machine that runs everything at once is slow; a test that waits in vain fails all the same, only later. */
const patienceMs = 60_000

/** One more page of the same browser session. */
export const openSecondPage = (page: Page): Promise<Page> => page.context().newPage()

function watch(context: BrowserContext, [origin = '', ...leadsTo]: readonly string[]): readonly string[] {
  const faults: string[] = []
  context.on('console', (message) => {
    if (message.type() !== 'error') return
    const { url } = message.location()
    if (leadsTo.some((elsewhere) => url.startsWith(`${elsewhere}/`))) return
    const isRefusal = /status of 4\d\d/.test(message.text()) && /^\/(api|v1|c\/pay)\//.test(pathOf(url, origin))
    if (!isRefusal) faults.push(`console: ${message.text()} (${url})`)
  })
  context.on('weberror', (error) => faults.push(`uncaught: ${error.error().stack ?? error.error().message}`))
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url())
    if (leadsTo.includes(asked) && request.isNavigationRequest()) return
    if (protocol !== 'data:' && protocol !== 'blob:' && asked !== origin)
      faults.push(`left the origin: ${request.url()}`)
  })
  return faults
}

const pathOf = (url: string, origin: string): string => (url.startsWith(`${origin}/`) ? url.slice(origin.length) : '')

/** Runs in each page before its own scripts. */
const recordShifts = `
  globalThis.redpillShifts = []
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (!entry.hadRecentInput) redpillShifts.push({ value: entry.value, what: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? '') })
  }).observe({ type: 'layout-shift', buffered: true })
`

type Shift = { readonly value: number; readonly what: readonly string[] }

/** What moved on the page without anybody's doing, since it was opened. */
const shiftsOf = (page: Page): Promise<readonly Shift[]> => page.evaluate('globalThis.redpillShifts')

/** What Core Web Vitals call good. A list that has fewer rows than were drawn for it moves what is below it a little. */
const shiftMax = 0.1

/** Fails when something has moved by itself since the page was opened. */
export async function expectStill(page: Page): Promise<void> {
  const shifts = await shiftsOf(page)
  const sum = shifts.reduce((total, { value }) => total + value, 0)
  if (sum > shiftMax) throw new Error(`the page moved by ${sum.toFixed(3)}: ${JSON.stringify(shifts, null, 2)}`)
}
