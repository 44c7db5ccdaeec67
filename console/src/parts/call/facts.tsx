import { Link } from '@tanstack/react-router'
import type { ReactElement, ReactNode } from 'react'
import { useApi } from '../../api/query.ts'
import type { Call } from '../call-type.ts'
import { Facts } from '../../ui/badge.tsx'
import { CopyText } from '../../ui/code.tsx'
import { ModelPath } from '../call-cells.tsx'
import { Time, useZoneName } from '../../ui/time.tsx'

type Fact = readonly [string, ReactNode]

/** Who asked whom for what, as far as it is kept. */
export function CallFacts({ call }: { readonly call: Call }): ReactElement {
  const zone = useZoneName()
  const parameters = Object.entries(call.parameters)
  return (
    <>
      <Facts
        facts={[[`Began, ${zone}`, <Time key="time" at={call.created_at} />], ...namesOf(call), ...labelsOf(call)]}
      />
      {parameters.length > 0 && (
        <>
          <h4>Parameters</h4>
          <Facts facts={parameters.map(([name, value]) => [name, <code key={name}>{String(value)}</code>])} />
        </>
      )}
      <p className="soft">
        Prompts are never stored, and answers only sealed, for whoever repeats the same request: their text cannot be
        shown here, to anybody.
      </p>
    </>
  )
}

const namesOf = (call: Call): readonly Fact[] => [
  ['Model', <ModelPath key="model" call={call} />],
  ...known(call.provider_name, (name) => ['Provider', name]),
  [
    'Key',
    <Link key="key" to="/keys/$id" params={{ id: call.key_id }}>
      <KeyName id={call.key_id} />
    </Link>,
  ],
  ...known(call.kind, (kind) => ['Kind', call.streamed ? `${kind}, streamed` : kind]),
  ...known(call.finish_reason, (reason) => ['Ended with', <code key="finish">{reason}</code>]),
]

/** What a key is called; its id where it is gone. */
function KeyName({ id }: { readonly id: string }) {
  const { data } = useApi('GET /api/v1/keys/{id}', { path: { id } })
  return data?.data.name ?? id
}

const labelsOf = (call: Call): readonly Fact[] => [
  ...known(call.app_title ?? call.http_referer, (app) => ['App', app]),
  ...copied('User', call.external_user),
  ...copied('Session', call.session_id),
  ...copied('Trace id', call.trace_id),
  ...Object.entries(call.metadata).map(([name, value]): Fact => [name, value]),
  ...copied('Request id', call.request_id),
  ...copied("Provider's id", call.upstream_id),
]

const known = (value: string | null, fact: (value: string) => Fact): readonly Fact[] =>
  value === null || value === '' ? [] : [fact(value)]

const copied = (name: string, value: string | null): readonly Fact[] =>
  known(value, (text) => [name, <CopyText key={name} text={text} what={name.toLowerCase()} />])
