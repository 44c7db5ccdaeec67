import type { Uuid } from '../../core/ids.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Db } from '../../platform/database/index.ts'
import { dismissRow, findNoticeRow, listOpenNoticeRows, type NoticeRow } from './store.ts'

/** That a key did what it never did before: a sign that somebody else has it, or that something runs wild. */
export type KeyNotice = {
  readonly id: Uuid
  readonly accountId: Uuid
  readonly keyId: Uuid
  readonly kind: NoticeRow['kind']
  readonly detail: JsonObject
  readonly at: Date
  readonly dismissedAt: Date | undefined
}

type Page = {
  /** `undefined`: of all accounts. */
  readonly accountId: Uuid | undefined
  readonly beforeId: Uuid | undefined
  readonly limit: number
}

/** What nobody has dismissed, newest first. */
export const listKeyNotices = async (db: Db, page: Page): Promise<KeyNotice[]> =>
  (await listOpenNoticeRows(db, page)).map(noticeOf)

export async function findKeyNotice(db: Db, id: Uuid): Promise<KeyNotice | undefined> {
  const row = await findNoticeRow(db, id)
  return row && noticeOf(row)
}

/** Somebody has looked at it. The same is not noticed again. */
export async function dismissKeyNotice(db: Db, id: Uuid, now: Date): Promise<KeyNotice | undefined> {
  const row = await dismissRow(db, id, now)
  return row && noticeOf(row)
}

const noticeOf = ({
  account_id: accountId,
  key_id: keyId,
  dismissed_at: dismissedAt,
  ...row
}: NoticeRow): KeyNotice => ({
  ...{ id: row.id, accountId, keyId, kind: row.kind, detail: row.detail, at: row.at },
  dismissedAt: dismissedAt ?? undefined,
})
