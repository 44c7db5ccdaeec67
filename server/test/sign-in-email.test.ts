import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict'
import { after, test } from 'node:test'
import { at } from './support/ask.ts'
import { eventually } from './support/eventually.ts'
import { openMailbox } from './support/mailbox.ts'
import { openPage } from './support/page.ts'
import { openStage } from './support/stage.ts'

const mailbox = await openMailbox({ after })
const stage = await openStage(
  { after },
  {
    REDPILL_SMTP_URL: mailbox.url.replace('//', '//redpill:pass%20word@'),
    REDPILL_MAIL_FROM: 'RedPill <redpill@mail.example>',
    REDPILL_WELCOME_CREDITS: '1000.5',
  },
)
const sibling = await stage.startSibling()

const codeIn = (text: string): string => /^(\d{6})\r?$/m.exec(text)?.[1] ?? ''

async function begin(email: string) {
  const page = openPage(stage.server().url)
  const begun = await page.ask('POST', '/api/v1/sign-in/email', { email })
  equal(begun.status, 200)
  return { page, challenge_id: at(begun.json, 'data.challenge_id') as string }
}

test('a code comes by mail, signs in at any process, and brings the welcome credits', async () => {
  const { page, challenge_id } = await begin('ada@example.com')
  const mail = await mailbox.mailTo('ada@example.com')
  match(mail.raw, /^From: RedPill <redpill@mail\.example>\r$/m)
  const answer = { challenge_id, code: codeIn(mail.text) }
  const verified = await page.ask('POST', '/api/v1/sign-in/email/verify', answer, sibling.url)
  deepEqual(verified.json, { signed_in: true, is_new: true })
  equal((await page.ask('GET', '/api/v1/session')).status, 200)
  equal(at((await page.ask('GET', '/api/v1/credits')).json, 'data.available_credits'), '1000.5')
  await stage.reconcile()
})

test('guesses are counted over processes: five in all, not five at each', async () => {
  const { page, challenge_id } = await begin('guess@example.com')
  const code = codeIn((await mailbox.mailTo('guess@example.com')).text)
  const wrong = String((Number(code) + 1) % 1_000_000).padStart(6, '0')
  const places = [stage.server().url, sibling.url]
  const guess = (turn: number, guessed: string) =>
    page.ask('POST', '/api/v1/sign-in/email/verify', { challenge_id, code: guessed }, places[turn % 2])
  await Promise.all(Array.from({ length: 5 }, (_, turn) => guess(turn, wrong)))
  for (const turn of [0, 1]) equal((await guess(turn, code)).status, 403)
})

test('a mailbox that is replaced is told', async () => {
  const { page, challenge_id } = await begin('before@example.com')
  const code = codeIn((await mailbox.mailTo('before@example.com')).text)
  equal((await page.ask('POST', '/api/v1/sign-in/email/verify', { challenge_id, code })).status, 200)
  await page.ask('GET', '/api/v1/session')
  const begun = await page.ask('POST', '/api/v1/identities/email', { email: 'after@example.com' })
  const link = {
    challenge_id: at(begun.json, 'data.challenge_id'),
    code: codeIn((await mailbox.mailTo('after@example.com')).text),
  }
  equal((await page.ask('POST', '/api/v1/identities/email/verify', link)).status, 200)
  await eventually('the old mailbox is told', () =>
    mailbox.mails.some(({ to, text }) => to[0] === 'before@example.com' && text.includes('after@example.com')),
  )
})

test('no code is in any log, nor in any answer, where mail is sent', async () => {
  const codes = mailbox.mails.map(({ text }) => codeIn(text)).filter((code) => code !== '')
  ok(codes.length >= 4)
  const codesOfOperator = await stage.server().manage<{ data: unknown[] }>('GET', '/sign-in/codes')
  deepEqual(codesOfOperator.data, [])
  const said = stage.server().output() + sibling.output()
  for (const code of codes) ok(!new RegExp(`\\b${code}\\b`).test(said))
})

test('settings of mail that do not go together are told at once', async () => {
  const problem = /REDPILL_MAIL_FROM must be set where REDPILL_SMTP_URL is/
  await rejects(stage.startSibling({ REDPILL_MAIL_FROM: '' }), problem)
})

test('sign-ins that one address begins are counted over processes, and refused with the time to wait', async () => {
  const places = [stage.server().url, sibling.url]
  const begins = 60
  let refused: Awaited<ReturnType<ReturnType<typeof openPage>['ask']>> | undefined
  // Twice, since the span that they are counted in may end on the way.
  for (let turn = 0; turn <= 2 * begins && !refused; turn++) {
    const wallet = { address: `0x${'a'.repeat(40)}`, chain_id: 1 }
    const reply = await openPage(stage.server().url).ask(
      'POST',
      '/api/v1/sign-in/wallet/message',
      wallet,
      places[turn % 2],
    )
    if (reply.status === 429) refused = reply
    else equal(reply.status, 200)
  }
  ok(refused)
  ok(Number(refused.headers.get('retry-after')) <= 600)
  equal(at(refused.json, 'error.metadata.limit'), 'sign_in')
})
