import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import type { Schemas } from '../api/schema.ts'
import { useAction, useApi } from '../api/query.ts'
import { useMay, useSession } from '../api/session.ts'
import { Button } from '../ui/button.tsx'
import { Money } from '../ui/money.tsx'
import { showToast } from '../ui/toast.tsx'
import { Ago } from '../ui/time.tsx'
import './key-notices.css'

type Notice = Schemas['KeyNotice']

const list = 'GET /api/v1/key-notices'
const refetchMs = 15_000
const shownMost = 5

/** What keys did that they never did before, each with the two things to do about it; nothing where all is as usual. */
export function KeyNotices(): ReactElement | null {
  const { account } = useSession()
  const { data } = useApi(list, { query: { account_id: account.id, limit: shownMost } }, { refetchMs })
  if (!data || data.data.length === 0) return null
  return (
    <section aria-label="Unusual use of keys">
      <ul className="key-notices">
        {data.data.map((notice) => (
          <NoticeLine
            key={notice.id}
            notice={notice}
            ofKey={data.data.filter(({ key_id: keyId }) => keyId === notice.key_id)}
          />
        ))}
      </ul>
    </section>
  )
}

type LineProps = {
  readonly notice: Notice
  /** All that is told of this key: a frozen one does nothing any more. */
  readonly ofKey: readonly Notice[]
}

function NoticeLine({ notice, ofKey }: LineProps) {
  const { reason } = useMay('keys')
  const freeze = useAction('PATCH /api/v1/keys/{id}', { stale: ['GET /api/v1/keys', 'GET /api/v1/keys/{id}'] })
  const dismiss = useAction('POST /api/v1/key-notices/{id}/dismiss', { stale: [list] })
  const isBusy = freeze.isRunning || dismiss.isRunning
  const takeOff = async (notices: readonly Notice[], done: string) => {
    for (const { id } of notices) {
      const outcome = await dismiss.run({ path: { id } })
      if (!outcome.ok) return showToast(outcome.failure.message, 'bad')
    }
    showToast(done)
  }
  const stop = async () => {
    const outcome = await freeze.run({ path: { id: notice.key_id }, body: { disabled: true } })
    if (!outcome.ok) showToast(outcome.failure.message, 'bad')
    else await takeOff(ofKey, `${notice.key_name} is frozen: its calls get 401 from now on.`)
  }
  return (
    <li>
      <p>
        <Link to="/keys/$id" params={{ id: notice.key_id }}>
          {notice.key_name}
        </Link>{' '}
        {wordsOf(notice)}{' '}
        <span className="soft">
          <Ago at={notice.at} />
        </span>
      </p>
      <div className="key-notice-deeds">
        <Button size="small" reason={reason} isBusy={isBusy} onClick={() => void stop()}>
          Freeze {notice.key_name}
        </Button>
        <Button
          size="small"
          kind="quiet"
          reason={reason}
          isBusy={isBusy}
          onClick={() => void takeOff([notice], 'It is not told again.')}
        >
          It is fine
        </Button>
      </div>
    </li>
  )
}

function wordsOf({ kind, model, country, spent_credits: spent, usual_credits: usual }: Notice): ReactNode {
  if (kind === 'model')
    return (
      <>
        was answered by <code>{model}</code> for the first time.
      </>
    )
  if (kind === 'country') return <>was used from {countryName(country ?? '')} for the first time.</>
  return (
    <>
      spent <Money amount={spent ?? '0'} /> in an hour; <Money amount={usual ?? '0'} /> is usual.
    </>
  )
}

const countryName = (code: string): string => new Intl.DisplayNames(['en'], { type: 'region' }).of(code) ?? code
