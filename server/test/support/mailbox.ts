import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { atEnd, type Scope } from './scope.ts'

export type Mail = { readonly to: readonly string[]; readonly raw: string; readonly text: string }

export type Mailbox = {
  /** `smtp://127.0.0.1:PORT`, for the server's settings. */
  readonly url: string
  /** Every mail so far, oldest first. */
  readonly mails: readonly Mail[]
  /** The newest mail to an address; waits for the first. */
  readonly mailTo: (address: string) => Promise<Mail>
}

/** A mail server on this machine that takes whatever is sent to it; who gives a name must be `redpill`, with `pass word`. */
export async function openMailbox(t: Scope): Promise<Mailbox> {
  const mails: Mail[] = []
  const listeners = new Set<() => void>()
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, done) {
      if (username === 'redpill' && password === 'pass word') done(null, { user: username })
      else done(new Error('wrong password'))
    },
    onData(stream, session, done) {
      const pieces: Buffer[] = []
      stream.on('data', (piece: Buffer) => pieces.push(piece))
      stream.on('end', () => {
        const raw = Buffer.concat(pieces).toString()
        mails.push({ raw, text: decode(raw), to: session.envelope.rcptTo.map(({ address }) => address) })
        for (const listener of listeners) listener()
        done()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  atEnd(t, () => new Promise<void>((resolve) => server.close(() => resolve())))
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    mailTo: (address) =>
      new Promise((resolve) => {
        const look = () => {
          const found = mails.findLast(({ to }) => to.includes(address))
          if (!found) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
      }),
  }
}

/** The text of a mail as it is read: soft line ends and escapes of quoted-printable (RFC 2045 §6.7) undone. */
function decode(raw: string): string {
  if (!/^content-transfer-encoding: *quoted-printable/im.test(raw)) return raw
  const bytes = raw
    .replaceAll(/=\r?\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(bytes, 'latin1').toString()
}
