import type { ReactElement } from 'react'
import { addressOf, type AnswerOf } from '../../api/client.ts'
import { useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Section } from '../../ui/page.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Ago } from '../../ui/time.tsx'

const get = 'GET /api/v1/sign-in/codes'
const everyMs = 5_000
type Code = AnswerOf<typeof get>['data'][number]

/** Codes that people wait for where no mail server brings them; nothing while nobody waits. */
export function SignInCodes(): ReactElement | null {
  const { account } = useSession()
  const isOperator = account.kind === 'operator'
  const methods = useApi('GET /api/v1/sign-in/methods', {}, { enabled: isOperator })
  const isBringer = methods.data?.data.email.delivered_by === 'operator'
  const codes = useApi(get, {}, { enabled: isOperator && isBringer, refetchMs: everyMs }).data?.data ?? []
  if (codes.length === 0) return null
  return (
    <Section
      title="Codes to hand on"
      intro="These people wait to sign in, and this server sends no mail: give each their code by a way that you trust. It works in their browser only."
    >
      <Table
        caption="Codes to hand on"
        columns={columns}
        rows={codes}
        rowId={({ email, created_at: at }) => `${email} ${at}`}
        empty={<EmptyNote title="Nobody waits">Codes stand here while they can be used.</EmptyNote>}
      />
      <SameByApi calls={[{ method: 'GET', address: addressOf(get, {}) }]} />
    </Section>
  )
}

const columns: readonly Column<Code>[] = [
  { id: 'email', head: 'E-mail', cell: ({ email }) => email },
  { id: 'code', head: 'Code', cell: ({ code }) => <CopyText text={code} what="code" /> },
  { id: 'asked', head: 'Asked for', cell: ({ created_at: at }) => <Ago at={at} /> },
  { id: 'expires', head: 'Expires', cell: ({ expires_at: at }) => <Ago at={at} /> },
]
