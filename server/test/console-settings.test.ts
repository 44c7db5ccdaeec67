import { deepEqual, equal, match } from 'node:assert/strict'
import { text as textOf } from 'node:stream/consumers'
import { after, suite } from 'node:test'
import { ask } from './support/ask.ts'
import { browserTest, openPage, type Page, signIn } from './support/browser/index.ts'
import { eventually } from './support/eventually.ts'
import { openMailbox } from './support/mailbox.ts'
import { startMockUpstream } from './support/mock-upstream.ts'
import { openStage } from './support/stage.ts'

const mailbox = await openMailbox({ after })
const stage = await openStage({ after }, { REDPILL_SMTP_URL: mailbox.url, REDPILL_MAIL_FROM: 'redpill@mail.example' })
const server = stage.server()
const heading = (page: Page, name: string | RegExp) => page.getByRole('heading', { level: 1, name })

async function openAt(t: Parameters<typeof openPage>[0], path: string): Promise<Page> {
  const page = await openPage(t, server.url)
  await signIn(page, server, path)
  return page
}

/** The newest code that was mailed to an address. */
async function codeFor(address: string): Promise<string> {
  const found = () =>
    mailbox.mails
      .filter(({ to }) => to.includes(address))
      .flatMap(({ text }) => /^(\d{6})\r?$/m.exec(text)?.[1] ?? [])
      .at(-1)
  await eventually('a code is mailed', () => found() !== undefined)
  return found()!
}

suite('what is the person’s', () => {
  browserTest('a name is changed, and the unit of amounts on every page', async (t) => {
    const page = await openAt(t, '/settings/profile')
    await heading(page, 'Profile').waitFor()
    await page.getByLabel('Name', { exact: true }).fill('Ada Lovelace')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Your name is changed.').waitFor()
    await page.getByText('USD', { exact: true }).click()
    await page.getByText(/^\$\d/).first().waitFor()
    await page.reload()
    const name = page.getByLabel('Name', { exact: true })
    await eventually('the name is there', async () => (await name.inputValue()) === 'Ada Lovelace')
    await page.getByText(/^\$\d/).first().waitFor()
  })

  browserTest('a further way in is added by a code, lets one in, and the last one cannot be removed', async (t) => {
    const page = await openAt(t, '/settings/sign-in')
    await page.getByRole('button', { name: 'Add an e-mail address' }).click()
    await page.getByRole('textbox', { name: 'E-mail' }).fill('ada@example.com')
    await page.keyboard.press('Enter')
    await page.getByLabel('Code of six digits').fill(await codeFor('ada@example.com'))
    await page.keyboard.press('Enter')
    const row = page.getByRole('row', { name: /E-mail ada@example.com/ })
    const remove = row.getByRole('button', { name: 'Remove' })
    equal(await remove.getAttribute('aria-disabled'), 'true')
    await remove.hover()
    await page.getByText('It is the only way in: add another one first.').waitFor()
  })

  browserTest('a session elsewhere is seen and ended, and the browser there is asked who it is', async (t) => {
    const here = await openAt(t, '/settings/sign-in')
    const there = await openAt(t, '/settings/profile')
    await here.reload()
    await here.getByRole('button', { name: 'Sign out everywhere else' }).click()
    await here.getByText('Signed out everywhere else.').waitFor()
    const rows = here.getByRole('table', { name: 'Sessions' }).getByRole('row')
    await rows.nth(2).waitFor({ state: 'detached' })
    equal(await rows.count(), 2)
    await there.goto('/settings/profile')
    await heading(there, 'Sign in to RedPill').waitFor()
  })
})

suite('what is the account’s', () => {
  browserTest('somebody is invited, joins, is given another role, sees less, and is removed', async (t) => {
    const page = await openAt(t, '/settings/members')
    await page.getByRole('row', { name: /Owner/ }).first().waitFor()
    await page.keyboard.press('c')
    await page.getByRole('textbox', { name: 'E-mail' }).fill('grace@example.com')
    await page.getByLabel('Role').selectOption('Viewer')
    await page.keyboard.press('Control+Enter')
    await page.getByText(/(A link was mailed|hand the link) to grace@example.com/).waitFor()
    const link = await page.getByRole('dialog').locator('code').innerText()
    await page.getByRole('button', { name: 'Done' }).click()
    await page.getByRole('row', { name: /grace@example.com Viewer/ }).waitFor()

    const guest = await openPage(t, server.url)
    await guest.goto('/sign-in')
    await guest.getByLabel('E-mail').fill('grace@example.com')
    await guest.getByRole('button', { name: 'Send a code' }).click()
    await guest.getByLabel('Code of six digits').fill(await codeFor('grace@example.com'))
    await guest.keyboard.press('Enter')
    await guest.getByText('Available').first().waitFor()
    await guest.goto(link)
    await guest.getByRole('button', { name: /^(Join|Accept)/ }).click()
    await guest.getByText('Available').first().waitFor()
    await guest.goto('/settings/members')
    const invite = guest.getByRole('button', { name: 'Invite' })
    equal(await invite.getAttribute('aria-disabled'), 'true')
    await invite.hover()
    await guest.getByText(/Owners and admins may do this/).waitFor()

    await page.reload()
    await page.getByRole('button', { name: 'Actions for grace' }).click()
    await page.getByRole('menuitemradio', { name: 'Billing' }).click()
    await page.getByText(/is billing now/).waitFor()
    await page.getByRole('button', { name: 'Actions for grace' }).click()
    await page.getByRole('menuitem', { name: 'Remove' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await page.getByText('is no member any more').waitFor()
    await page.goto('/settings/audit?target=member')
    await page
      .getByRole('row', { name: /Member: / })
      .first()
      .waitFor()
  })

  browserTest('a webhook is added, its secret seen once, turned off and deleted; a low balance is set', async (t) => {
    const page = await openAt(t, '/settings/alerts')
    await page.getByRole('button', { name: 'Add webhook' }).first().click()
    await page.getByLabel('Address').fill('http://127.0.0.1:9/hook')
    await page.keyboard.press('Enter')
    match(await page.getByRole('alert').first().innerText(), /private|https|address/i)
    await page.getByLabel('Address').fill('https://hooks.example.com/redpill')
    await page.keyboard.press('Enter')
    // Until the second answer is there, the first one's refusal and its request stand where the secret will.
    await page.getByText('Copy the signing secret now.').waitFor()
    match(await page.getByRole('dialog').locator('code').first().innerText(), /^whsec_/)
    await page.getByRole('button', { name: 'Done' }).click()
    const row = page.getByRole('row', { name: /hooks\.example\.com/ })
    await row.getByText('On', { exact: true }).waitFor()
    await page.getByRole('button', { name: /Actions for https:\/\/hooks/ }).click()
    await page.getByRole('menuitem', { name: 'Turn off' }).click()
    await row.getByText('Off', { exact: true }).waitFor()
    await page.getByRole('button', { name: /Actions for https:\/\/hooks/ }).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete webhook' }).click()
    await page.getByText('Nobody is told yet').waitFor()

    await page.getByRole('button', { name: 'Alert: off' }).click()
    await page.getByRole('dialog').getByRole('textbox').first().fill('123456.5')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: /^Alert below / }).waitFor()
    const { data } = await server.manage<{ data: { low_balance_credits: string }[] }>('GET', '/audit?target=alerts')
    equal(data.length > 0, true)
  })

  browserTest('a provider key is added and deleted, and is seen nowhere', async (t) => {
    const mock = await startMockUpstream(t)
    await stage.addUpstream(mock, { name: 'acme' })
    const page = await openAt(t, '/settings/provider-keys')
    await page.getByRole('button', { name: 'Add provider key' }).first().click()
    await page.getByLabel('Provider', { exact: true }).fill('nobody')
    await page.getByLabel('Key at the provider').fill('sk-secret-of-the-test-1234567890')
    await page.keyboard.press('Enter')
    await page
      .getByRole('alert')
      .getByText(/provider/)
      .waitFor()
    await page.getByLabel('Provider', { exact: true }).fill('acme')
    await page.keyboard.press('Enter')
    await page.getByRole('row', { name: /acme/ }).waitFor()
    deepEqual((await page.content()).match(/secret-of-the-test/g), null)
    await page.getByRole('row', { name: /acme/ }).getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete key' }).click()
    await page.getByText('No key of your own').waitFor()
  })

  browserTest('an account is taken away as a file and deleted by typing its name, and its keys stop', async (t) => {
    const page = await openAt(t, '/settings/data')
    await page.getByRole('button', { name: 'Account: Operator' }).click()
    await page.getByRole('menuitemradio', { name: /Demo/ }).click()
    const downloading = page.waitForEvent('download')
    await page.getByRole('link', { name: 'Export account' }).click()
    const lines = (await textOf(await (await downloading).createReadStream())).trim().split('\n')
    equal((JSON.parse(lines.at(-1)!) as { type: string }).type, 'end')

    await page.getByRole('button', { name: 'Delete account' }).click()
    const sure = page.getByRole('dialog').getByRole('button', { name: 'Delete account' })
    equal(await sure.getAttribute('aria-disabled'), 'true')
    await page.getByLabel('Type Demo to confirm').fill('Demo')
    await sure.click()
    await page.getByRole('button', { name: 'Account: Operator' }).waitFor()
    const call = { model: 'local/echo', messages: [] }
    await eventually('its key is refused', async () => {
      return (await ask(server.url, server.demoKey, '/v1/chat/completions', call)).status === 401
    })
    await stage.reconcile()
  })
})
