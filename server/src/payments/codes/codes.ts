import { assert } from '../../core/assert.ts'
import type { Chance, Clock } from '../../core/clock.ts'
import type { MakeId, Uuid } from '../../core/ids.ts'
import type { NanoUsd } from '../../core/money.ts'
import { grant } from '../../credits/index.ts'
import type { Db } from '../../platform/database/index.ts'
import type { Secrets } from '../../platform/secrets.ts'
import { inTransaction } from '../../platform/transaction.ts'
import {
  type CodeRow,
  countUse,
  findCodeRow,
  hasRedeemed,
  insertCode,
  insertRedemption,
  listCodeRows,
  listRedemptionRows,
  lockCodeByHash,
  updateCode,
} from './store.ts'

/** A code that is worth credits, without its text. */
export type Code = {
  readonly id: Uuid
  /** Its first letters. */
  readonly label: string
  readonly amount: NanoUsd
  readonly usesMax: number
  readonly uses: number
  /** Whether an account may redeem it more than once. */
  readonly repeatable: boolean
  readonly note: string
  readonly expiresAt: Date | undefined
  readonly creditsExpireAt: Date | undefined
  readonly disabled: boolean
  readonly createdAt: Date
}

export type NewCode = Pick<Code, 'amount' | 'usesMax' | 'repeatable' | 'note' | 'expiresAt' | 'creditsExpireAt'>

export type CodeTools = {
  readonly secrets: Pick<Secrets, 'hmac'>
  readonly clock: Pick<Clock, 'nowMs'>
  readonly makeId: MakeId
}

/** Crockford's base 32: nothing in it is taken for anything else. */
const letters = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const groups = 4
const groupLetters = 4

/** `RP-7K2M-Q4XT-09AB-CDEF`: 80 bits of chance. */
export function makeCodeText(chance: Chance): string {
  const bytes = chance.bytes(groups * groupLetters)
  const text = Array.from(bytes, (byte) => letters[byte % letters.length]!).join('')
  return `RP-${text.match(/.{4}/g)!.join('-')}`
}

/** As people type it: in any case, with or without lines between, letters that look like digits taken for them. */
export function readCodeText(typed: string): string {
  const plain = typed
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, '')
    .replace(/^RP/, '')
  return plain.replaceAll('O', '0').replaceAll(/[IL]/g, '1')
}

const hashOf = ({ secrets }: Pick<CodeTools, 'secrets'>, typed: string): Buffer =>
  secrets.hmac(`redemption-code ${readCodeText(typed)}`)

/** The text is told here and nowhere else. */
export async function createCode(
  db: Db,
  code: NewCode,
  tools: CodeTools & { readonly chance: Chance },
): Promise<{ readonly code: Code; readonly text: string }> {
  const text = makeCodeText(tools.chance)
  const row: CodeRow = {
    ...{ id: tools.makeId(), code_hmac: hashOf(tools, text), label: `${text.slice(0, 7)}...` },
    ...{ amount: code.amount, uses_max: code.usesMax, uses: 0, repeatable: code.repeatable, note: code.note },
    ...{ expires_at: code.expiresAt ?? null, credits_expire_at: code.creditsExpireAt ?? null, disabled: false },
    created_at: new Date(tools.clock.nowMs()),
  }
  await insertCode(db, row)
  return { code: codeOf(row), text }
}

export type Redeemed =
  | { readonly kind: 'redeemed'; readonly amount: NanoUsd; readonly transferId: Uuid; readonly code: Code }
  /** There is none, or it is turned off: the two look alike. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'expired' | 'used-up' | 'used-here' }

/** Turns a code into credits: as often as it may be used and no more, whoever redeems it at the same moment. */
export function redeem(
  db: Db,
  asked: { readonly accountId: Uuid; readonly personId: Uuid | undefined; readonly text: string },
  tools: CodeTools,
): Promise<Redeemed> {
  const now = new Date(tools.clock.nowMs())
  return inTransaction(db, async (tx) => {
    const row = await lockCodeByHash(tx, hashOf(tools, asked.text))
    if (!row || row.disabled) return { kind: 'unknown' }
    if (row.expires_at && row.expires_at <= now) return { kind: 'expired' }
    if (!row.repeatable && (await hasRedeemed(tx, row.id, asked.accountId))) return { kind: 'used-here' }
    if (row.uses >= row.uses_max) return { kind: 'used-up' }
    const transferId = tools.makeId()
    const granted = await grant(
      tx,
      {
        ...{ transferId, accountId: asked.accountId, amount: row.amount, reference: `code:${transferId}` },
        ...{ note: `code ${row.label}`, expiresAt: row.credits_expire_at ?? undefined },
      },
      now,
    )
    assert(granted.kind === 'posted', `a redemption credits once, and was told ${granted.kind}`)
    const person = { person_id: asked.personId ?? null, at: now }
    await insertRedemption(tx, { id: transferId, code_id: row.id, account_id: asked.accountId, ...person })
    await countUse(tx, row.id)
    return { kind: 'redeemed', amount: row.amount, transferId, code: codeOf({ ...row, uses: row.uses + 1 }) }
  })
}

export const findCode = async (db: Db, id: Uuid): Promise<Code | undefined> => {
  const row = await findCodeRow(db, id)
  return row && codeOf(row)
}

/** What is absent stays as it is. */
export async function changeCode(
  db: Db,
  id: Uuid,
  change: { readonly disabled?: boolean | undefined; readonly note?: string | undefined },
): Promise<Code | undefined> {
  const row = await findCodeRow(db, id)
  if (!row) return undefined
  const { disabled = row.disabled, note = row.note } = change
  const changed = await updateCode(db, id, { disabled, note })
  return changed && codeOf(changed)
}

type Page = { readonly beforeId: Uuid | undefined; readonly limit: number }

/** Newest first. */
export const listCodes = async (db: Db, page: Page): Promise<Code[]> => (await listCodeRows(db, page)).map(codeOf)

export type Redemption = { readonly id: Uuid; readonly accountId: Uuid; readonly at: Date }

/** Who redeemed a code, newest first. */
export const listRedemptions = async (db: Db, codeId: Uuid, page: Page): Promise<Redemption[]> =>
  (await listRedemptionRows(db, { codeId, ...page })).map(({ id, account_id: accountId, at }) => ({
    id,
    accountId,
    at,
  }))

const codeOf = (row: CodeRow): Code => ({
  id: row.id,
  label: row.label,
  amount: row.amount,
  usesMax: row.uses_max,
  uses: row.uses,
  repeatable: row.repeatable,
  note: row.note,
  expiresAt: row.expires_at ?? undefined,
  creditsExpireAt: row.credits_expire_at ?? undefined,
  disabled: row.disabled,
  createdAt: row.created_at,
})
