import { deepEqual, equal } from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { openMailbox } from './mailbox.ts'

/** Speaks SMTP (RFC 5321), one line after each answer. */
async function send(url: string, lines: readonly string[]): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  await once(socket, 'data')
  for (const line of [...lines, 'QUIT']) {
    socket.write(`${line}\r\n`)
    await once(socket, 'data')
  }
  socket.destroy()
}

test('a mail is found by who it went to, as it is read', async (t) => {
  const mailbox = await openMailbox(t)
  const waiting = mailbox.mailTo('b@example.com')
  const body = 'Content-Transfer-Encoding: quoted-printable\r\n\r\nYour code: 123=\r\n456 =E2=82=AC\r\n.'
  for (const to of ['a@example.com', 'b@example.com'])
    await send(mailbox.url, ['EHLO me', 'MAIL FROM:<us@example.com>', `RCPT TO:<${to}>`, 'DATA', body])
  const mail = await waiting
  deepEqual(mail.to, ['b@example.com'])
  equal(mail.text.split('\r\n\r\n')[1]?.trim(), 'Your code: 123456 €')
  equal(mailbox.mails.length, 2)
})
