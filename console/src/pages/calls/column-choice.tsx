import { type ReactElement, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { CheckField } from '../../ui/fields.tsx'

type Choice = { readonly id: string; readonly head: string; readonly isUsual: boolean }

/** Which of the columns an address names; the usual ones when it names none. The first is always shown. */
export function shownColumns<C extends Choice>(all: readonly C[], named: readonly string[] | undefined): readonly C[] {
  return all.filter(({ id, isUsual }, at) => at === 0 || (named ? named.includes(id) : isUsual))
}

/** Chooses columns; `undefined` again when they are the usual ones. */
export function ColumnChoice({
  all,
  shown,
  onChange,
}: {
  readonly all: readonly Choice[]
  readonly shown: readonly Choice[]
  readonly onChange: (ids: readonly string[] | undefined) => void
}): ReactElement {
  const [isOpen, setIsOpen] = useState(false)
  const toggle = (id: string, isShown: boolean) => {
    const next = all.filter((each) => (each.id === id ? isShown : shown.some((known) => known.id === each.id)))
    const isUsual = all.every((each) => each.isUsual === next.some((known) => known.id === each.id))
    onChange(isUsual ? undefined : next.map((each) => each.id))
  }
  return (
    <>
      <Button onClick={() => setIsOpen(true)}>Columns</Button>
      <Dialog isOpen={isOpen} onClose={() => setIsOpen(false)} title="Columns of the table">
        <div className="column-choice">
          {all.slice(1).map(({ id, head }) => (
            <CheckField
              key={id}
              label={head}
              checked={shown.some((each) => each.id === id)}
              onChange={(isShown) => toggle(id, isShown)}
            />
          ))}
        </div>
        <div>
          <Button onClick={() => onChange(undefined)}>Show the usual ones</Button>
        </div>
      </Dialog>
    </>
  )
}
