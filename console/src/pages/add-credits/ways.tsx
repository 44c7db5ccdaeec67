import { getRouteApi } from '@tanstack/react-router'
import type { ReactElement } from 'react'
import { feeWords } from '../../lib/fees.ts'
import { Badge } from '../../ui/badge.tsx'
import { type Choice, Choices } from '../../ui/choices.tsx'
import type { Options } from './options.ts'
import { WhyOff } from './why-off.tsx'

const route = getRouteApi('/framed/credits/add')
export type By = 'card' | 'crypto' | 'code'

/** The ways in which credits can come, each with what it costs; those that are off say why. */
export function Ways({ by, options }: { readonly by: By; readonly options: Options }): ReactElement {
  const navigate = route.useNavigate()
  const { card, crypto } = options
  const choices: readonly Choice<By>[] = [
    {
      value: 'card',
      label: 'Card',
      detail: `On the page of Stripe. ${feeOfWay(card)}`,
      ...(card.test_mode && { aside: <Badge>Test mode</Badge> }),
      ...(!card.available && { reason: <WhyOff why={card.why} /> }),
    },
    {
      value: 'crypto',
      label: 'Crypto',
      detail: `${namesOf(crypto.chains)}. ${feeOfWay(crypto)}`,
      ...(!crypto.available && { reason: <WhyOff why={crypto.why} /> }),
    },
    { value: 'code', label: 'Code', detail: 'A code that somebody gave you. It costs nothing.' },
  ]
  return (
    <Choices
      label="Pay by"
      value={by}
      onChange={(next) =>
        void navigate({ search: (before) => ({ ...before, by: next }), replace: true, resetScroll: false })
      }
      choices={choices}
    />
  )
}

const feeOfWay = (terms: Parameters<typeof feeWords>[0]): string => {
  const words = feeWords(terms)
  return words === undefined ? 'No fee.' : `Fee: ${words}.`
}

/** 'USDC and ETH on Base and one more network'. */
function namesOf(chains: Options['crypto']['chains']): string {
  const [first, ...more] = chains
  if (!first) return 'Tokens on a network of your choice'
  const tokens = first.tokens.map(({ symbol }) => symbol)
  const listed = tokens.length > 3 ? `${tokens.slice(0, 3).join(', ')} and others` : tokens.join(', ')
  return `${listed} on ${first.name}${more.length === 0 ? '' : ` and ${more.length} more`}`
}
