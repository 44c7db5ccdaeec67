import type { ReactElement } from 'react'
import type { Call } from '../call-type.ts'
import { formatDuration } from '../../lib/numbers.ts'

/** Whom the router asked, whom it would have asked next, whom it left out, each with the reason. */
export function Decision({ call }: { readonly call: Call }): ReactElement {
  const { routing } = call
  return (
    <div className="decision">
      <p>{sentencesOf(call).join(' ')}</p>
      <Offers title="Passed over, would have been next" offers={routing?.untried ?? []} />
      <Offers title="Left out" offers={routing?.excluded ?? []} />
    </div>
  )
}

function sentencesOf({ attempts: [first], routing, state }: Call): readonly string[] {
  if (!first) return ['No provider was asked.']
  const sentences = [`${first.provider} was asked first: ${first.why}.`]
  if (!routing) return [...sentences, 'There was no other offer to choose from.']
  if (routing.hedge_ms !== null)
    sentences.push(`After ${formatDuration(routing.hedge_ms)} without a first byte the next one is asked as well.`)
  if (routing.keeps_conversation && state === 'ok')
    sentences.push('The next call of this conversation prefers the offer that answered: it has cached the input.')
  if (routing.stopped_by !== null) sentences.push(`Nobody else was asked, because of the ${routing.stopped_by}.`)
  return sentences
}

type Planned = NonNullable<Call['routing']>['untried']

function Offers({ title, offers }: { readonly title: string; readonly offers: Planned }) {
  if (offers.length === 0) return null
  return (
    <div>
      <h4>{title}</h4>
      <ul>
        {offers.map(({ provider, model, why }, at) => (
          <li key={at}>
            <strong>{provider}</strong>
            {model !== null && ` with ${model}`}: <span className="soft">{why}</span>
          </li>
        ))}
      </ul>
    </div>
  )
}
