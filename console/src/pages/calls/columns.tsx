import type { ReactNode } from 'react'
import type { Call } from '../../parts/call-type.ts'
import { formatCount, formatDuration } from '../../lib/numbers.ts'
import { CallStatus, ModelPath, ProviderPath } from '../../parts/call-cells.tsx'
import { Money } from '../../ui/money.tsx'
import type { Column } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

export type ListedCall = Call & { readonly key_name: string | null }

type CallColumn = Column<ListedCall> & { readonly isUsual: boolean }

const nothing = <span className="faint">-</span>
const duration = (ms: number | null): ReactNode => (ms === null ? nothing : formatDuration(ms))
const word = (text: string | null): ReactNode => text ?? nothing

/** Every column that a call can have; the address says which are shown. The first is always there: it opens the call. */
export const callColumns = (zoneName: string, costHead: string): readonly CallColumn[] => [
  {
    id: 'time',
    head: `Time, ${zoneName}`,
    isUsual: true,
    isPlain: true,
    cell: ({ created_at }) => <Time at={created_at} />,
  },
  {
    id: 'model',
    head: 'Model asked → served',
    isUsual: true,
    isPlain: true,
    cell: (call) => <ModelPath call={call} />,
  },
  {
    id: 'provider',
    head: 'Provider',
    isUsual: true,
    isPlain: true,
    priority: 2,
    cell: (call) => <ProviderPath call={call} />,
  },
  { id: 'key', head: 'Key', isUsual: true, priority: 2, cell: (call) => word(call.key_name) },
  { id: 'status', head: 'Status', isUsual: true, isPlain: true, cell: (call) => <CallStatus call={call} /> },
  {
    id: 'tokens',
    head: 'Tokens in → out',
    isUsual: true,
    align: 'end',
    cell: (call) => `${formatCount(call.tokens_prompt)} → ${formatCount(call.tokens_completion)}`,
  },
  {
    id: 'cost',
    head: costHead,
    isUsual: true,
    align: 'end',
    cell: ({ credits }) => <Money amount={credits} bare />,
  },
  {
    id: 'first',
    head: 'First token',
    isUsual: true,
    align: 'end',
    priority: 3,
    cell: (call) => duration(call.latency),
  },
  { id: 'total', head: 'In all', isUsual: true, align: 'end', cell: (call) => duration(call.generation_time) },
  { id: 'kind', head: 'Kind', isUsual: false, priority: 3, cell: (call) => word(call.kind) },
  { id: 'finish', head: 'Ended with', isUsual: false, priority: 3, cell: (call) => word(call.finish_reason) },
  { id: 'app', head: 'App', isUsual: false, priority: 3, cell: (call) => word(call.app_title ?? call.http_referer) },
  { id: 'user', head: 'User', isUsual: false, priority: 3, cell: (call) => word(call.external_user) },
  { id: 'session', head: 'Session', isUsual: false, priority: 3, cell: (call) => word(call.session_id) },
  { id: 'id', head: 'Call id', isUsual: false, priority: 3, cell: ({ id }) => <code>{id}</code> },
]
