import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { addressOf } from '../../api/client.ts'
import { failureOf, useApi } from '../../api/query.ts'
import { useSession } from '../../api/session.ts'
import { limitSentence } from '../../lib/limit-sentence.ts'
import { credits } from '../../lib/money.ts'
import { Badge, Facts, Stat, Stats } from '../../ui/badge.tsx'
import { Button } from '../../ui/button.tsx'
import { CopyText, SameByApi } from '../../ui/code.tsx'
import { Menu } from '../../ui/menu.tsx'
import { MoneyBoth } from '../../ui/money.tsx'
import { Page, Section } from '../../ui/page.tsx'
import { usePreference, useZone } from '../../ui/preferences.ts'
import { FailureNote, Skeleton } from '../../ui/state.tsx'
import { Ago, Time, useNow } from '../../ui/time.tsx'
import { addRefusal, useKeyActions } from './key-actions.tsx'
import { KeyCalls } from './key-calls.tsx'
import { checksOf } from './key-checks.ts'
import { KeyHistory } from './key-history.tsx'
import { KeyUsage } from './key-usage.tsx'
import { type Key, statusOf } from './key-status.ts'
import './keys.css'

const route = getRouteApi('/framed/keys/$id')
const get = 'GET /api/v1/keys/{id}'

/** Details: where this key's credits went, what it may still spend, and why a call is refused. */
export function KeyPage(): ReactElement {
  const { id } = route.useParams()
  const { data, error, refetch } = useApi(get, { path: { id } })
  const failure = failureOf(error)
  if (failure && !data)
    return (
      <Page title={failure.status === 404 ? 'There is no such key' : 'Key'}>
        <FailureNote
          what={
            failure.status === 404 ? 'It may be deleted, or belong to another account.' : 'The key could not be read.'
          }
          failure={failure}
          retry={() => void refetch()}
        />
        <p>
          <Link to="/keys">All keys</Link>
        </p>
      </Page>
    )
  return data ? <Details of={data.data} /> : <Loading />
}

const Loading = () => (
  <Page title="Key" intro={<Skeleton width="20rem" />}>
    <Stats>
      {['Available', 'On hold', 'Spent in the window', 'Spent in all'].map((label) => (
        <Stat key={label} label={label} value={<Skeleton />} detail={<Skeleton width="4rem" />} />
      ))}
    </Stats>
  </Page>
)

function Details({ of: key }: { readonly of: Key }) {
  const actions = useKeyActions()
  const reading = { now: useNow(), zone: useZone(), unit: usePreference('unit') }
  const { words, tone, advice } = statusOf(key, reading)
  return (
    <Page
      title={key.name}
      intro={
        <span className="key-intro">
          <Badge tone={tone}>{words}</Badge>
          <span>{advice}</span>
        </span>
      }
      actions={
        <>
          <Button reason={actions.refusal} onClick={() => actions.freeze(key)}>
            {key.disabled ? 'Unfreeze' : 'Freeze'}
          </Button>
          <Button reason={actions.refusal ?? addRefusal(key)} onClick={() => actions.addToLimit(key)}>
            Add to limit
          </Button>
          <Button kind="primary" reason={actions.refusal} onClick={() => actions.edit(key)}>
            Edit
          </Button>
          <Menu label={`Actions on ${key.name}`} items={actions.itemsOf(key)} />
        </>
      }
    >
      <KeyFigures of={key} />
      <KeyUsage of={key} />
      <Checks of={key} />
      <KeyCalls of={key} />
      <KeyHistory of={key} />
      <About of={key} />
      <SameByApi calls={[{ method: 'GET', address: addressOf(get, { path: { id: key.id } }) }]} />
      {actions.dialogs}
    </Page>
  )
}

const windowWords = { total: 'in all', day: 'today', week: 'this week', month: 'this month' } as const

function KeyFigures({ of: key }: { readonly of: Key }) {
  const unit = usePreference('unit')
  const now = useNow()
  const limit = key.limit_credits === null ? undefined : credits(key.limit_credits)
  const left = key.limit_left_credits === null ? undefined : credits(key.limit_left_credits)
  const callCap = key.call_cap_credits === null ? undefined : credits(key.call_cap_credits)
  return (
    <>
      <Stats>
        <Stat
          label="Available"
          value={left === undefined ? 'No limit' : <MoneyBoth amount={left} />}
          detail={left === undefined ? 'as much as the account has' : 'of its limit'}
        />
        <Stat label="On hold" value={<MoneyBoth amount={key.window_held_credits} />} detail="for calls under way" />
        <Stat
          label={`Spent ${windowWords[key.limit_window]}`}
          value={<MoneyBoth amount={key.window_spent_credits} />}
          detail={key.limit_window === 'total' ? 'since it was made' : 'UTC'}
        />
        {key.limit_window !== 'total' && (
          <Stat label="Spent in all" value={<MoneyBoth amount={key.spent_credits} />} detail="since it was made" />
        )}
      </Stats>
      <p className="read-back">{limitSentence({ limit, window: key.limit_window, left, callCap }, unit, now)}</p>
    </>
  )
}

const stateWords = { passes: 'passes', open: 'by the call', stops: 'stops' } as const
const stateTones = { passes: 'good', open: 'neutral', stops: 'bad' } as const

/** Why a call is refused, or would be. */
function Checks({ of: key }: { readonly of: Key }) {
  const { account } = useSession()
  const { data } = useApi('GET /api/v1/accounts/{id}', { path: { id: key.account_id } })
  const reading = { now: useNow(), zone: useZone(), unit: usePreference('unit') }
  const known = data && { available: credits(data.data.credits.available), isFrozen: data.data.frozen }
  const checks = checksOf(key, { ...reading, account: known })
  const stopping = checks.filter(({ state }) => state === 'stops')
  return (
    <Section
      title="What a call meets"
      intro={
        stopping.length === 0
          ? `A call with this key goes through now, paid by ${data?.data.name ?? account.name}.`
          : `A call with this key gets ${stopping[0]?.refusal} now.`
      }
    >
      <ul className="checks">
        {checks.map(({ id, what, words, refusal, state }) => (
          <li key={id} className="check-line">
            <span>{what}</span>
            <Badge tone={stateTones[state]}>{state === 'stops' ? `stops: ${refusal}` : stateWords[state]}</Badge>
            <span className="soft">
              {words}
              {state === 'open' && ` Else the call gets ${refusal}.`}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function About({ of: key }: { readonly of: Key }) {
  return (
    <Section title="About it">
      <Facts
        facts={[
          ['Id', <CopyText key="id" text={key.id} what="key id" />],
          ['Secret', <code key="label">{key.label}</code>],
          [
            'Last used',
            key.last_used_at === null ? (
              'never'
            ) : (
              <span key="used">
                <Ago at={key.last_used_at} />
                {key.last_used_app !== null && ` by ${key.last_used_app}`}
              </span>
            ),
          ],
          ['Created', <Time key="created" at={key.created_at} show="day" />],
          ['Expires', key.expires_at === null ? 'never' : <Ago key="expires" at={key.expires_at} />],
          [
            'Secret before',
            key.previous_secret_until === null ? (
              'none works'
            ) : (
              <span key="before">
                works until <Time at={key.previous_secret_until} />
              </span>
            ),
          ],
          ['Models', key.allowed_models?.join(', ') ?? 'all'],
          ['Providers', key.allowed_providers?.join(', ') ?? 'all'],
          ['Addresses', key.allowed_addresses?.join(', ') ?? 'everywhere'],
          ['Calls per minute', rate(key.requests_per_minute)],
          ['Tokens per minute', rate(key.tokens_per_minute)],
          ['Calls at once', rate(key.parallel_max)],
          ['Response cache', key.cache_seconds === null ? 'when a call asks for it' : `${key.cache_seconds} s`],
        ]}
      />
    </Section>
  )
}

const rate = (most: number | null) => (most === null ? 'as the server is set' : most === 0 ? 'no limit' : String(most))
