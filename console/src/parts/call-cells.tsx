import type { ReactElement } from 'react'
import { statusOf } from '../lib/call-words.ts'
import type { Call } from './call-type.ts'
import { Badge } from '../ui/badge.tsx'

/** How a call ended, in words. */
export function CallStatus({ call }: { readonly call: Call }): ReactElement {
  const { words, tone } = statusOf(call)
  return <Badge tone={tone}>{words}</Badge>
}

/** The model as it was asked for, and the one that answered where it is another. */
export const ModelPath = ({ call }: { readonly call: Pick<Call, 'model' | 'model_asked'> }): ReactElement => (
  <span>
    {call.model_asked !== null && call.model_asked !== call.model && (
      <span className="soft">{call.model_asked} → </span>
    )}
    {call.model}
  </span>
)

/** Who answered, and after how many others; of a call that nobody answered, who was asked. */
export function ProviderPath({ call }: { readonly call: Pick<Call, 'provider_name' | 'attempts'> }): ReactElement {
  const { provider_name: answered, attempts } = call
  const others = attempts.length - 1
  if (answered === null && others > 0) return <span className="soft">none of {attempts.length} tries</span>
  return (
    <span>
      {answered ?? <span className="soft">{attempts[0]?.provider ?? '-'}</span>}
      {others > 0 && <span className="soft"> after {others === 1 ? 'one other' : `${others} others`}</span>}
    </span>
  )
}
