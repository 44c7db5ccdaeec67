import type { ReactElement } from 'react'
import { Dialog } from '../ui/dialog.tsx'
import { usePlaces } from './navigation.tsx'

/** Every key there is. */
export function Shortcuts({
  isOpen,
  onClose,
}: {
  readonly isOpen: boolean
  readonly onClose: () => void
}): ReactElement {
  const everywhere: readonly (readonly [keys: readonly string[], does: string])[] = [
    [['Ctrl or ⌘', 'K'], 'Search and commands'],
    [['?'], 'This sheet'],
    [['/'], 'To the filters'],
    [['c'], 'Create, where something can be created'],
    [['j'], 'Next row'],
    [['k'], 'Row before'],
    [['Enter'], 'Open the row'],
    [['Esc'], 'Close what is open'],
    [['Ctrl or ⌘', 'Enter'], 'Send the form'],
  ]
  const goes = usePlaces().map(({ letter, label }) => [['g', letter], label] as const)
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Keyboard shortcuts">
      <dl className="shortcuts">
        {[...everywhere, ...goes].map(([keys, does]) => (
          <div key={does}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  )
}
