import type { ReactElement } from 'react'
import { failureOf } from '../../api/query.ts'
import type { Schemas } from '../../api/schema.ts'
import { formatCompact, formatDuration } from '../../lib/numbers.ts'
import { readPerUnit } from '../../lib/price.ts'
import { Badge, type Tone } from '../../ui/badge.tsx'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { useEndpoints } from '../../parts/model-queries.ts'

type Endpoint = Schemas['Endpoint']

/** Who serves a model, at what price, and how well just now. */
export function ModelProviders({ id }: { readonly id: string }): ReactElement {
  const { data, error, refetch } = useEndpoints(id)
  return (
    <Table
      caption="Providers"
      columns={columns}
      rows={data?.data.endpoints}
      rowId={({ tag }) => tag}
      failure={failureOf(error)}
      retry={() => void refetch()}
      empty={<EmptyNote title="Nobody serves it now" />}
      expectedRows={1}
    />
  )
}

const states: Record<number, readonly [words: string, tone: Tone, why: string]> = {
  0: ['Asked as usual', 'good', 'Calls go there as the router decides.'],
  [-1]: ['At its rate limit', 'warn', 'It answered 429 lately, so others are asked first.'],
  [-2]: ['Failing', 'bad', 'It failed or said nothing lately, so it is asked last until it is back.'],
}

const columns: readonly Column<Endpoint>[] = [
  {
    id: 'tag',
    head: 'Provider',
    cell: ({ tag, zdr, data_collection: collects }) => (
      <span className="model-name">
        <span>{tag}</span>
        <span className="soft provider-policy">{policyOf(zdr, collects)}</span>
      </span>
    ),
  },
  {
    id: 'state',
    head: 'State',
    cell: ({ status }) => {
      const [words, tone, why] = states[status] ?? ['Not known', 'neutral', 'No calls yet.']
      return (
        <Badge tone={tone} why={why}>
          {words}
        </Badge>
      )
    },
  },
  {
    id: 'uptime',
    head: 'Uptime, day',
    align: 'end',
    cell: ({ uptime_last_1d: percent }) =>
      percent === null ? <span className="faint">no calls</span> : `${percent} %`,
  },
  {
    id: 'first',
    head: 'First token',
    align: 'end',
    cell: ({ latency_last_30m: latency }) =>
      latency === null ? (
        <span className="faint">-</span>
      ) : (
        <span title="p50 of 30 minutes">{formatDuration(latency.p50)}</span>
      ),
  },
  {
    id: 'speed',
    head: 'Tokens/s',
    align: 'end',
    priority: 2,
    cell: ({ throughput_last_30m: rate }) =>
      rate === null ? <span className="faint">-</span> : <span title="p50 of 30 minutes">{rate.p50}</span>,
  },
  {
    id: 'context',
    head: 'Context',
    align: 'end',
    priority: 3,
    cell: ({ context_length: tokens }) => (tokens === 0 ? '-' : formatCompact(tokens)),
  },
  {
    id: 'input',
    head: 'Input',
    align: 'end',
    cell: ({ pricing }) => <PriceBoth of="input" price={readPerUnit(pricing.prompt)} />,
  },
  {
    id: 'output',
    head: 'Output',
    align: 'end',
    cell: ({ pricing }) => <PriceBoth of="output" price={readPerUnit(pricing.completion)} />,
  },
]

function policyOf(keepsNothing: boolean, collects: Endpoint['data_collection']): string {
  if (keepsNothing) return 'keeps nothing'
  return collects === 'deny' ? 'does not train on prompts' : 'says nothing of prompts'
}
