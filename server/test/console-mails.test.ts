import { after } from 'node:test'
import { browserTest, openPage, signIn } from './support/browser/index.ts'
import { eventually } from './support/eventually.ts'
import { openStage } from './support/stage.ts'

const stage = await openStage({ after })
const server = stage.server()

browserTest('a kind of mail is turned off where mails say, and stays off', async (t) => {
  const page = await openPage(t, server.url)
  await signIn(page, server, '/settings/alerts')
  const problems = page.getByRole('checkbox', { name: 'Something is wrong with a payment' })
  const balances = page.getByRole('checkbox', { name: 'The balance falls below its alert' })
  await problems.waitFor()
  await problems.click()
  await page.getByText('Kept.').waitFor()
  await eventually('it is off', async () => !(await problems.isChecked()))
  await page.reload()
  await eventually('it stays off', async () => !(await problems.isChecked()) && (await balances.isChecked()))
  await problems.click()
  await eventually('it is on again', () => problems.isChecked())
})
