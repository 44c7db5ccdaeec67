import type { Transporter } from 'nodemailer'

export type Mail = { readonly to: string; readonly subject: string; readonly text: string }

/** Sends mail by the operator's SMTP server. */
export type Mailer = {
  /** Resolves when the server took the mail; rejects when it did not within half a minute. */
  readonly send: (mail: Mail) => Promise<void>
  /** Waits for what is under way. */
  readonly close: () => Promise<void>
}

export type MailerOptions = {
  /** `smtp://user:password@host:587` (with STARTTLS where the server has it) or `smtps://...`. */
  readonly url: string
  readonly from: string
}

const waitMs = '30000'

/** Connects when there is a mail; nothing of this is loaded before the first one. */
export function openMailer({ url, from }: MailerOptions): Mailer {
  const pending = new Set<Promise<void>>()
  let transport: Promise<Transporter> | undefined

  async function open(): Promise<Transporter> {
    const { createTransport } = await import('nodemailer')
    const target = new URL(url)
    for (const name of ['connectionTimeout', 'greetingTimeout', 'socketTimeout'])
      if (!target.searchParams.has(name)) target.searchParams.set(name, waitMs)
    return createTransport(target.href, { from, disableFileAccess: true, disableUrlAccess: true })
  }

  async function deliver({ to, subject, text }: Mail): Promise<void> {
    transport ??= open()
    // An object, not a text: what is one address here cannot become two.
    await (await transport).sendMail({ to: { name: '', address: to }, subject, text })
  }

  return {
    send(mail) {
      const sending = deliver(mail).finally(() => pending.delete(sending))
      pending.add(sending)
      return sending
    },
    async close() {
      await Promise.allSettled(pending)
      if (transport) (await transport).close()
    },
  }
}
