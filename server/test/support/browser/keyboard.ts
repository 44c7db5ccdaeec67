import type { Page } from 'playwright-core'

type Named = { readonly role: Parameters<Page['getByRole']>[0]; readonly name: string | RegExp }

const stepsMax = 120

/** Goes on with Tab, as somebody without a mouse does, until what is named has the focus. */
export async function tabTo(page: Page, { role, name }: Named): Promise<void> {
  const wanted = page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name })
  // The page may still be loading; what is not there yet would be passed by.
  await wanted.first().waitFor()
  const passed: string[] = []
  for (let step = 0; step < stepsMax; step++) {
    await page.keyboard.press('Tab')
    if ((await page.locator(':focus').and(wanted).count()) > 0) return
    passed.push(await focusedName(page))
  }
  throw new Error(`Tab never came to the ${role} ${String(name)}; it passed ${passed.join(', ')}`)
}

/** Presses keys one after the other, such as `g k` for "go to keys". */
export async function pressKeys(page: Page, keys: string): Promise<void> {
  for (const key of keys.split(' ')) await page.keyboard.press(key)
}

/** What a reader of screens would roughly say of the element that has the focus. */
export const focusedName = (page: Page): Promise<string> =>
  page.evaluate(
    `(({ activeElement: e }) => e?.getAttribute('aria-label') ?? (e === document.body ? 'the page' : e?.innerText?.trim().slice(0, 60)) ?? e?.tagName ?? '')(document)`,
  )
