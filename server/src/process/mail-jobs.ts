import { deliverMails, purgeMails } from '../mails/index.ts'
import type { Database } from '../platform/database/index.ts'
import type { Job } from '../platform/jobs/index.ts'
import type { Mailer } from '../platform/mail.ts'
import type { Outside } from './outside.ts'

/** Sends what people are to be told by mail, where the server has a way to. */
export function mailJobs(
  { config, clock, log }: Outside,
  { db }: Database,
  mailer: Mailer | undefined,
): readonly Job[] {
  const onFault = (error: unknown): void =>
    log.error('a mail was not taken', { error: error instanceof Error ? error.message : String(error) })
  const settingsUrl = config.publicUrl === undefined ? undefined : `${config.publicUrl}/settings/alerts`
  const purge: Job = { name: 'purge-mails', everyMs: 3_600_000, run: () => purgeMails(db, clock) }
  if (!mailer) return [purge]
  const run = () => deliverMails({ db, clock, mailer, settingsUrl, onFault })
  return [purge, { name: 'mails', everyMs: 5_000, run }]
}
