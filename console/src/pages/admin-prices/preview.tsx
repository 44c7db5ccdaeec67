import type { ReactElement } from 'react'
import type { Schemas } from '../../api/schema.ts'
import { credits } from '../../lib/money.ts'
import { formatCount } from '../../lib/numbers.ts'
import { priceClasses, readPerMillion } from '../../lib/price.ts'
import { Badge, Stat, Stats } from '../../ui/badge.tsx'
import { Money } from '../../ui/money.tsx'
import { PriceBoth } from '../../ui/price.tsx'
import { EmptyNote } from '../../ui/state.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import { Time } from '../../ui/time.tsx'

type Preview = Schemas['PricePreview']
type Line = Preview['prices'][number]
type Offer = Preview['offers'][number]

/** What new prices would do: the difference, the margin, what the last 30 days would have cost, and for whom. */
export function PreviewView({ preview }: { readonly preview: Preview }): ReactElement {
  return (
    <div className="preview" role="status" aria-label="Preview">
      <p>
        In force from <Time at={preview.valid_from} show="day-and-time" />.
      </p>
      {preview.offers.length === 0 ? (
        <Table
          caption="New prices beside those before"
          columns={lineColumns}
          rows={preview.prices}
          rowId={({ class: name }) => name}
          empty={<EmptyNote title="No price" />}
        />
      ) : (
        <Table
          caption="What callers would pay through each offer, and what is left"
          columns={offerColumns}
          rows={preview.offers.flatMap((offer) => offer.prices.map((line) => ({ offer, line })))}
          rowId={({ offer, line }) => `${offer.id} ${line.class}`}
          empty={<EmptyNote title="No price" />}
        />
      )}
      <Usage usage={preview.usage} />
      {preview.accounts.length > 0 && (
        <>
          <h3>Who would feel it most</h3>
          <Table
            caption="Accounts whose bill changes most"
            columns={accountColumns}
            rows={preview.accounts}
            rowId={({ id }) => id}
            empty={<EmptyNote title="Nobody" />}
          />
        </>
      )}
    </div>
  )
}

function Usage({ usage }: Pick<Preview, 'usage'>) {
  const { before, after, calls } = usage
  if (calls === 0) return <p className="soft">Nobody called it in the last 30 days, so no bill changes.</p>
  return (
    <>
      <h3>
        The {formatCount(calls)} calls since <Time at={usage.counted_from} show="day" />
      </h3>
      <Stats>
        <Stat label="Were charged" value={<Money amount={usage.charged} />} />
        <Stat label="At the prices before" value={before === null ? 'Not priced' : <Money amount={before} />} />
        <Stat
          label="At the new ones"
          value={after === null ? 'Not priced' : <Money amount={after} />}
          detail={usage.change_percent === null ? undefined : signed(usage.change_percent)}
        />
      </Stats>
    </>
  )
}

const signed = (percent: string): string => {
  const text = `${percent.replace('-', '−')} %`
  return /^[1-9]|^0\.\d*[1-9]/.test(percent) ? `+${text}` : text
}

const percentCell = (percent: string | null) => (percent === null ? <span className="faint">-</span> : signed(percent))

const usdCell = (line: Line, usd: string | null) => (
  <PriceBoth of={line.class} price={usd === null ? undefined : readPerMillion(usd)} />
)

const lineColumns: readonly Column<Line>[] = [
  { id: 'class', head: 'Class', cell: ({ class: name }) => priceClasses[name].label },
  { id: 'before', head: 'Before', align: 'end', cell: (line) => usdCell(line, line.before) },
  { id: 'after', head: 'After', align: 'end', cell: (line) => usdCell(line, line.after) },
  { id: 'change', head: 'Change', align: 'end', cell: ({ change_percent: percent }) => percentCell(percent) },
  { id: 'listed', head: 'Price list', align: 'end', priority: 2, cell: (line) => usdCell(line, line.listed) },
  {
    id: 'above',
    head: 'Above the list',
    align: 'end',
    priority: 2,
    cell: ({ above_list_percent: percent }) => percentCell(percent),
  },
]

type OfferLine = { readonly offer: Offer; readonly line: Offer['prices'][number] }

const offerColumns: readonly Column<OfferLine>[] = [
  {
    id: 'offer',
    head: 'Offer',
    cell: ({ offer }) => (
      <span className="two-lines">
        <span>{offer.provider_name}</span>
        {!offer.is_affected && <Badge why="It has a price of its own, which goes before.">keeps its own</Badge>}
      </span>
    ),
  },
  { id: 'class', head: 'Class', cell: ({ line }) => priceClasses[line.class].label },
  { id: 'before', head: 'Before', align: 'end', cell: ({ line }) => usdCell(line, line.before) },
  { id: 'after', head: 'After', align: 'end', cell: ({ line }) => usdCell(line, line.after) },
  { id: 'change', head: 'Change', align: 'end', cell: ({ line }) => percentCell(line.change_percent) },
  { id: 'listed', head: 'Price list', align: 'end', priority: 3, cell: ({ line }) => usdCell(line, line.listed) },
  {
    id: 'above',
    head: 'Above the list',
    align: 'end',
    priority: 3,
    cell: ({ line }) => percentCell(line.above_list_percent),
  },
  { id: 'owed', head: 'Owed to it', align: 'end', cell: ({ line }) => usdCell(line, line.owed) },
  {
    id: 'margin',
    head: 'Margin',
    align: 'end',
    cell: ({ line }) => (line.margin_percent === null ? '-' : `${line.margin_percent} %`),
  },
]

const accountColumns: readonly Column<Preview['accounts'][number]>[] = [
  { id: 'name', head: 'Account', cell: ({ name, id }) => name || id },
  { id: 'calls', head: 'Calls', align: 'end', cell: ({ calls }) => formatCount(calls) },
  {
    id: 'before',
    head: 'Before',
    align: 'end',
    cell: ({ before }) => (before === null ? '-' : <Money amount={before} />),
  },
  { id: 'after', head: 'After', align: 'end', cell: ({ after }) => (after === null ? '-' : <Money amount={after} />) },
  {
    id: 'difference',
    head: 'Difference',
    align: 'end',
    cell: ({ before, after }) =>
      before === null || after === null ? '-' : <Money sign amount={credits(after) - credits(before)} />,
  },
]
