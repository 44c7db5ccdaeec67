import { useQuery } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import { askByKey } from '../../api/by-key.ts'
import { failureOf, useAction, useApi } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { useMay, useSession } from '../../api/session.ts'
import { credits, formatMoney, type MilliCredits, toCreditsText } from '../../lib/money.ts'
import { Badge } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { MoneyField, readMoney, SelectField, TextField } from '../../ui/fields.tsx'
import { Form } from '../../ui/form.tsx'
import { Money } from '../../ui/money.tsx'
import { usePreference } from '../../ui/preferences.ts'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { Ago } from '../../ui/time.tsx'
import { setPayingKey, usePayingKey } from './paying-key.ts'

const keyName = 'Playground'

/** Which key pays: made here with a limit that the person sees, or brought along. */
export function KeyPanel(): ReactElement {
  const { account } = useSession()
  const key = usePayingKey(account.id)
  return key ? <Paying secret={key.secret} /> : <ChooseKey accountId={account.id} />
}

/** The key that pays now, and what it has left. A key that is refused says nothing of the session: it is no error here. */
function Paying({ secret }: { readonly secret: string }) {
  const { data, refetch } = useQuery({
    // The secret is no name of anything: one key pays at a time.
    queryKey: ['paying key'],
    queryFn: () => askByKey<{ data: Schemas['OwnKey'] }>('/v1/key', secret),
    refetchInterval: 30_000,
  })
  const forget = () => setPayingKey(undefined)
  if (data && !data.ok)
    return (
      <div className="paying">
        <FailureNote failure={data.failure} what="The key could not be read." retry={() => void refetch()} />
        <Button size="small" onClick={forget}>
          Choose another key
        </Button>
      </div>
    )
  return (
    <div className="paying">
      <span className="soft">Paid by</span> {data ? <KeyWords ownKey={data.answer.data} /> : <Skeleton width="14rem" />}
      <Button kind="quiet" size="small" onClick={forget}>
        Use another key
      </Button>
    </div>
  )
}

function KeyWords({ ownKey }: { readonly ownKey: Schemas['OwnKey'] }) {
  return (
    <>
      <strong>{ownKey.name}</strong> <code className="soft">{ownKey.label}</code>
      <span>
        {ownKey.limit_left_credits === null ? (
          <Badge tone="warn" why="It spends up to all of the account's credits.">
            no limit
          </Badge>
        ) : (
          <>
            <Money amount={ownKey.limit_left_credits} /> left
          </>
        )}
      </span>
      {ownKey.expires_at !== null && (
        <span className="soft">
          expires <Ago at={ownKey.expires_at} />
        </span>
      )}
    </>
  )
}

const lives = [
  { value: '1', label: 'One hour' },
  { value: '24', label: 'One day' },
  { value: '168', label: 'A week' },
  { value: '720', label: '30 days' },
] as const

type Life = (typeof lives)[number]['value']

function ChooseKey({ accountId }: { readonly accountId: string }) {
  const [isOwn, setIsOwn] = useState(false)
  return (
    <section className="choose-key" aria-label="The key that pays">
      <div>
        <h2>Which key pays?</h2>
        <p className="soft">
          The playground calls the API as any program does: an API key pays. Its secret stays in this tab and is gone
          when the tab is closed.
        </p>
      </div>
      {isOwn ? (
        <OwnKeyForm accountId={accountId} cancel={() => setIsOwn(false)} />
      ) : (
        <MakeKeyForm accountId={accountId} own={() => setIsOwn(true)} />
      )}
    </section>
  )
}

/** Makes the key, or renews the one of that name, so that its new secret pays from now on. */
function usePlaygroundKey(accountId: string) {
  const known = useApi('GET /api/v1/keys', { query: { account_id: accountId, kind: 'inference', search: keyName } })
  const existing = known.data?.data.find(({ name }) => name === keyName)
  const stale = { stale: ['GET /api/v1/keys'] } as const
  const create = useAction('POST /api/v1/keys', stale)
  const change = useAction('PATCH /api/v1/keys/{id}', stale)
  const rotate = useAction('POST /api/v1/keys/{id}/rotate', stale)

  const make = async (amount: MilliCredits, expires_at: string) => {
    if (!existing) {
      const limits = { limit_credits: toCreditsText(amount), limit_window: 'total', expires_at } as const
      const made = await create.run({ body: { name: keyName, account_id: accountId, ...limits } })
      if (made.ok) setPayingKey({ secret: made.answer.key, accountId })
      return
    }
    // What it has spent before does not count against what was chosen now.
    const limit_credits = toCreditsText(credits(existing.spent_credits) + amount)
    const body = { limit_credits, limit_window: 'total', expires_at, disabled: false } as const
    const changed = await change.run({ path: { id: existing.id }, body })
    if (!changed.ok) return
    const rotated = await rotate.run({ path: { id: existing.id }, body: { overlap_seconds: 0 } })
    if (rotated.ok) setPayingKey({ secret: rotated.answer.key, accountId })
  }
  return {
    existing,
    make,
    isBusy: create.isRunning || change.isRunning || rotate.isRunning || known.isPending,
    failure: create.failure ?? change.failure ?? rotate.failure ?? failureOf(known.error),
  }
}

const hourMs = 3_600_000
const endOf = (life: Life): string => new Date(Date.now() + Number(life) * hourMs).toISOString()

/** Makes the key Playground, or gives the one that is there a new secret, with the limit and the end that are chosen. */
function MakeKeyForm({ accountId, own }: { readonly accountId: string; readonly own: () => void }) {
  const { reason } = useMay('keys')
  const preferred = usePreference('unit')
  const [unit, setUnit] = useState(preferred)
  const [limit, setLimit] = useState(preferred === 'usd' ? '0.5' : '1000000')
  const [life, setLife] = useState<Life>('24')
  const typed = readMoney(limit, unit)
  const amount = typed !== undefined && typed >= 0n ? typed : undefined
  const { existing, make, isBusy, failure } = usePlaygroundKey(accountId)
  return (
    <>
      <Form
        submit={existing ? `Renew the key ${keyName}` : `Make the key ${keyName}`}
        onSubmit={() => amount !== undefined && void make(amount, endOf(life))}
        isBusy={isBusy}
        failure={failure}
        reason={reason ?? (amount === undefined ? 'Say first how much it may spend.' : undefined)}
      >
        <div className="field-pair">
          <MoneyField
            label="May spend"
            name="limit_credits"
            value={limit}
            onChange={setLimit}
            unit={unit}
            onUnitChange={setUnit}
          />
          <SelectField label="Works for" value={life} onChange={setLife} options={lives} />
        </div>
        {amount !== undefined && (
          <p className="soft">
            At most {formatMoney(amount, unit)} in all, then its calls get 402.
            {existing && ' A key of that name is there: it gets a new secret, and the one before stops working.'}
          </p>
        )}
      </Form>
      <div>
        <Button kind="quiet" size="small" onClick={own}>
          Paste another key instead
        </Button>
      </div>
    </>
  )
}

function OwnKeyForm({ accountId, cancel }: { readonly accountId: string; readonly cancel: () => void }) {
  const [secret, setSecret] = useState('')
  const wrong =
    secret.trim() === '' || /^sk-rp-\w+$/.test(secret.trim()) ? undefined : 'A key for calls begins with sk-rp-.'
  return (
    <Form
      submit="Use this key"
      onSubmit={() => setPayingKey({ secret: secret.trim(), accountId })}
      onCancel={cancel}
      reason={wrong ?? (secret.trim() === '' ? 'Paste a key first.' : undefined)}
    >
      <TextField
        label="API key"
        type="password"
        mono
        autoComplete="off"
        placeholder="sk-rp-..."
        value={secret}
        onChange={setSecret}
        error={wrong}
      />
    </Form>
  )
}
