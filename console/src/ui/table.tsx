import type { ReactElement, ReactNode } from 'react'
import type { Failure } from '../lib/failure.ts'
import { formatCount } from '../lib/numbers.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { EmptyNote, FailureNote, Skeleton } from './state.tsx'
import { useRowKeys } from './row-keys.ts'

export type Direction = 'asc' | 'desc'
export type Sort = { readonly by: string; readonly direction: Direction }

export type Column<Row> = {
  readonly id: string
  /** A word or two; shown before each value where the table is narrow. */
  readonly head: string
  readonly cell: (row: Row) => ReactNode
  /** Numbers and amounts stand at the end. */
  readonly align?: 'end'
  /** 2 and 3 are left out first where there is no room; the row's details have them. */
  readonly priority?: 2 | 3
  /** Its values say what they are: no head stands before them in dense rows. */
  readonly isPlain?: boolean
  /** The server can sort by it. */
  readonly sortable?: boolean
  readonly footer?: ReactNode
}

export type Selection<Row> = {
  readonly ids: ReadonlySet<string>
  readonly onChange: (ids: ReadonlySet<string>) => void
  /** What choosing a row is called: 'Choose production'. */
  readonly labelOf: (row: Row) => string
}

export type TableProps<Row> = {
  /** What the table holds: 'Calls'. Read out, not seen. */
  readonly caption: string
  readonly columns: readonly Column<Row>[]
  /** Undefined until the first answer. */
  readonly rows: readonly Row[] | undefined
  readonly rowId: (row: Row) => string
  /** Opens a row's details: by click, by Enter, and by `j` and `k` on the way to it. */
  readonly onOpen?: ((row: Row) => void) | undefined
  /** What opening does, for those who do not see the row; read after what the first cell says: 'Details of production'. */
  readonly openLabel?: (row: Row) => string
  readonly openId?: string | undefined
  /** Given: rows can be chosen, to do something with several of them. */
  readonly selection?: Selection<Row> | undefined
  readonly sort?: Sort | undefined
  readonly onSort?: (sort: Sort) => void
  readonly failure?: Failure | undefined
  readonly retry?: () => void
  /** What is said when there is nothing at all. */
  readonly empty: ReactElement
  /** Given while filters are set: takes them off. */
  readonly clearFilters?: (() => void) | undefined
  readonly hasMore?: boolean
  readonly loadMore?: () => void
  readonly isLoadingMore?: boolean
  /** Where the table is narrow, values stand side by side rather than one on each line: for long lists. */
  readonly isDense?: boolean
  /** As many as usually come, so that nothing moves when they do. */
  readonly expectedRows?: number
}

/** A list of things with figures. Every state has its place: loading, empty, nothing for these filters, failed. */
export function Table<Row>(props: TableProps<Row>): ReactElement {
  const { caption, columns, rows, failure, retry, empty, clearFilters, hasMore, loadMore, isLoadingMore, isDense } =
    props
  const body = useRowKeys()
  if (failure && !rows) return <FailureNote what={`${caption} could not be read.`} failure={failure} retry={retry} />
  if (rows?.length === 0) return clearFilters ? <NothingFound clear={clearFilters} /> : empty
  return (
    <div className="table-frame" aria-busy={rows === undefined} data-dense={isDense ? '' : undefined}>
      <table className="table">
        <caption className="hidden-text">{caption}</caption>
        <Head {...props} />
        <tbody ref={body}>
          {rows ? rows.map((row) => <BodyRow key={props.rowId(row)} row={row} {...props} />) : <Loading {...props} />}
        </tbody>
        {rows && columns.some(({ footer }) => footer !== undefined) && <Foot {...props} />}
      </table>
      {failure && <FailureNote what={`More of them could not be read.`} failure={failure} retry={retry} />}
      {rows && loadMore && (
        <div className="table-more">
          <span className="soft">
            {hasMore ? `${formatCount(rows.length)} shown` : `${formatCount(rows.length)} in all`}
          </span>
          {hasMore && (
            <Button size="small" onClick={loadMore} isBusy={isLoadingMore ?? false}>
              Show more
            </Button>
          )}
        </div>
      )}
    </div>
  )
}

const NothingFound = ({ clear }: { readonly clear: () => void }) => (
  <EmptyNote title="No result for these filters" action={<Button onClick={clear}>Clear the filters</Button>} />
)

function Head<Row>({ columns, sort, onSort, selection, rows, rowId }: TableProps<Row>) {
  return (
    <thead>
      <tr>
        {selection && <ChooseAll selection={selection} ids={rows?.map(rowId) ?? []} />}
        {columns.map(({ id, head, align, priority, sortable }) => {
          const direction = sort?.by === id ? sort.direction : undefined
          return (
            <th
              key={id}
              scope="col"
              data-align={align}
              data-priority={priority}
              aria-sort={direction && (direction === 'asc' ? 'ascending' : 'descending')}
            >
              {sortable && onSort ? (
                <button
                  type="button"
                  className="table-sort"
                  data-direction={direction}
                  onClick={() => onSort({ by: id, direction: direction === 'desc' ? 'asc' : 'desc' })}
                >
                  {head}
                  <Icon name="down" />
                </button>
              ) : (
                head
              )}
            </th>
          )
        })}
      </tr>
    </thead>
  )
}

function ChooseAll<Row>({ selection, ids }: { readonly selection: Selection<Row>; readonly ids: readonly string[] }) {
  const areAll = ids.length > 0 && ids.every((id) => selection.ids.has(id))
  return (
    <th scope="col" data-choose="">
      <input
        type="checkbox"
        aria-label="Choose all that are shown"
        checked={areAll}
        onChange={() => selection.onChange(new Set(areAll ? [] : ids))}
      />
    </th>
  )
}

const nothing = '\u00A0'

function Choose<Row>({ selection, row, id }: { selection: Selection<Row>; row: Row; id: string }) {
  const toggle = () => {
    const ids = new Set(selection.ids)
    if (!ids.delete(id)) ids.add(id)
    selection.onChange(ids)
  }
  return (
    <td data-choose="">
      <input type="checkbox" aria-label={selection.labelOf(row)} checked={selection.ids.has(id)} onChange={toggle} />
    </td>
  )
}

function BodyRow<Row>({
  row,
  columns,
  onOpen,
  openLabel,
  rowId,
  openId,
  selection,
}: TableProps<Row> & { readonly row: Row }) {
  return (
    // The button in the first cell is the keyboard's way; the row is a larger place for the pointer.
    <tr
      data-opens={onOpen ? '' : undefined}
      data-open={openId === rowId(row) ? '' : undefined}
      onClick={(event) => {
        const onControl = (event.target as Element).closest('a, button, input, label, select')
        if (!onControl && window.getSelection()?.isCollapsed !== false) onOpen?.(row)
      }}
    >
      {selection && <Choose selection={selection} row={row} id={rowId(row)} />}
      {columns.map(({ id, head, cell, align, priority, isPlain }, index) => (
        <td
          key={id}
          data-label={head}
          data-align={align}
          data-priority={priority}
          data-plain={isPlain ? '' : undefined}
        >
          {index === 0 && onOpen ? (
            <button type="button" className="table-open" onClick={() => onOpen(row)}>
              {cell(row)}
              {openLabel && <span className="hidden-text">, {openLabel(row)}</span>}
            </button>
          ) : (
            cell(row)
          )}
        </td>
      ))}
    </tr>
  )
}

function Loading<Row>({ columns, expectedRows = 8, selection }: TableProps<Row>) {
  return Array.from({ length: expectedRows }, (_none, row) => (
    // No rows yet, for whoever hears the table or walks through it.
    <tr key={row} aria-hidden="true">
      {selection && <td data-choose="">{nothing}</td>}
      {columns.map(({ id, head, align, priority }, column) => (
        <td key={id} data-label={head} data-align={align} data-priority={priority}>
          <Skeleton width={`${2.25 + ((row * 3 + column * 5) % 5) / 2}rem`} />
        </td>
      ))}
    </tr>
  ))
}

function Foot<Row>({ columns, selection }: TableProps<Row>) {
  return (
    <tfoot>
      <tr>
        {selection && <td>{nothing}</td>}
        {columns.map(({ id, head, align, priority, footer }) => (
          <td key={id} data-label={footer === undefined ? undefined : head} data-align={align} data-priority={priority}>
            {footer}
          </td>
        ))}
      </tr>
    </tfoot>
  )
}
