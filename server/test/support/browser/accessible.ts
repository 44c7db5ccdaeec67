import axe, { type AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

const widths = [320, 768, 1280] as const
/** A scheme changes colours and nothing else, so in the second one only what depends on them is looked at again. */
const schemes = {
  light: { runOnly: { type: 'tag', values: tags } },
  dark: { runOnly: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } },
} as const
type Scheme = keyof typeof schemes
/** Rows of a long table are built alike: what ails one of the first dozen is found there. */
const furtherRows = 'tbody tr:nth-child(n + 13)'

/**
 * Fails unless axe finds nothing to complain of on the page as it is now, at 320, 768 and 1280 px, in light and in dark, and
 * nothing has to be scrolled sideways to be read (WCAG 2.2 AA, 1.4.10).
 */
export async function expectAccessible(page: Page): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 800 }
  const complaints = new Map<string, string[]>()
  const complain = (what: string, where: string) => complaints.set(what, [...(complaints.get(what) ?? []), where])
  for (const width of widths) {
    await page.setViewportSize({ width, height: before.height })
    for (const colorScheme of Object.keys(schemes) as Scheme[]) {
      await page.emulateMedia({ colorScheme })
      await settled(page)
      for (const violation of await violationsOf(page, colorScheme)) complain(violation, `${width} px, ${colorScheme}`)
    }
    if (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth'))
      complain('the page is wider than the window', `${width} px`)
  }
  await page.setViewportSize(before)
  await page.emulateMedia({ colorScheme: 'light' })
  if (complaints.size > 0)
    throw new Error([...complaints].map(([what, where]) => `${where.join('; ')}: ${what}`).join('\n'))
}

/** Resolves when fonts are there and nothing moves or fades any more. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(
    `Promise.all([document.fonts.ready, ...document.getAnimations()
      .filter(({ effect }) => effect?.getComputedTiming().iterations !== Infinity)
      .map(({ finished }) => finished.catch(() => {}))])
      .then(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))))`,
  )
}

async function violationsOf(page: Page, scheme: Scheme): Promise<string[]> {
  // Over the browser's debugger, which the page's own policy (no evaluation of strings) does not bind.
  const session = await page.context().newCDPSession(page)
  const evaluate = async (expression: string): Promise<unknown> => {
    const { result, exceptionDetails } = await session.send('Runtime.evaluate', {
      ...{ expression, awaitPromise: true, returnByValue: true, allowUnsafeEvalBlockedByCSP: true },
    })
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
    return result.value
  }
  if (!(await evaluate('globalThis.axe !== undefined'))) await evaluate(`${axe.source};void 0`)
  const options = JSON.stringify({ ...schemes[scheme], resultTypes: ['violations'] })
  const where = JSON.stringify({ exclude: [[furtherRows]] })
  const results = (await evaluate(`axe.run(${where}, ${options})`)) as Pick<AxeResults, 'violations'>
  await session.detach()
  return results.violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, html, failureSummary }) => {
      const why = failureSummary?.split('\n').slice(1).join('; ').trim()
      return `${id} (${help}) at ${target.join(' ')}: ${html.slice(0, 160)} - ${why}`
    }),
  )
}
