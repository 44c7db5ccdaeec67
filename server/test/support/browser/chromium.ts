import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const places = [
  process.env['REDPILL_TEST_CHROMIUM'] ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
]

const executable = places.find((place) => place !== '' && existsSync(place))

/** Why browser tests cannot run here; false where they can. */
export const noBrowser: string | false =
  executable === undefined && 'no Chromium: install it, or name one in REDPILL_TEST_CHROMIUM'

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // What leaves this machine fails, and is told besides.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

/** A browser that nobody used for so long is closed, so that the process of the tests can end. */
const idleMs = 5_000

let running: Promise<Browser> | undefined
let idle: NodeJS.Timeout | undefined
let testsLeft = 0

/** The one browser of this test process. */
export function theBrowser(): Promise<Browser> {
  clearTimeout(idle)
  running ??= chromium.launch({ executablePath: executable!, args: flags })
  return running
}

/** Closes the browser unless it is asked for again soon. */
export function leaveBrowser(): void {
  clearTimeout(idle)
  idle = setTimeout(() => void closeBrowser(), idleMs)
}

/** Counts a test that may use the browser; gives what to call at its end. The browser goes with the last of them. */
export function expectTest(): () => Promise<void> {
  testsLeft++
  return async () => {
    testsLeft--
    if (testsLeft === 0) await closeBrowser()
  }
}

async function closeBrowser(): Promise<void> {
  clearTimeout(idle)
  const closing = running
  running = undefined
  await (await closing)?.close()
}
