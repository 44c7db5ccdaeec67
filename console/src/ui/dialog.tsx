import { type MouseEvent, type ReactElement, type ReactNode, useEffect, useId, useRef } from 'react'
import { Button } from './button.tsx'

type DialogProps = {
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly title: string
  /** `sheet`: at the side, over the height of the window, for details; `wide`: for forms of two columns. */
  readonly shape?: 'normal' | 'wide' | 'sheet' | 'drawer' | 'palette'
  /** What stands beside the title. */
  readonly aside?: ReactNode
  readonly children: ReactNode
}

/** What a dialog is opened for: its first field, else its title, so that it is read from its beginning. */
const firstIn = (dialog: HTMLDialogElement): HTMLElement | null =>
  dialog.querySelector<HTMLElement>('.dialog-body :is(input, select, textarea)') ?? dialog.querySelector('h2')

/**
 * A dialog of the browser's own: focus stays inside, Esc and a click beside it close it, and the focus returns to what
 * opened it. Its content exists only while it is open.
 */
export function Dialog({ isOpen, onClose, title, shape = 'normal', aside, children }: DialogProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null)
  const titleId = useId()
  useEffect(() => {
    const element = dialog.current
    if (isOpen && element && !element.open) {
      element.showModal()
      firstIn(element)?.focus()
    }
    if (!isOpen && element?.open) element.close()
  }, [isOpen])
  const closeBeside = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose()
  }
  return (
    // The keyboard's way to close is Esc, which the browser hands to onCancel.
    <dialog
      ref={dialog}
      className="dialog"
      data-shape={shape}
      aria-labelledby={titleId}
      // React has these bubble from a dialog that was opened from this one, too.
      onCancel={(event) => {
        if (event.target !== event.currentTarget) return
        event.preventDefault()
        onClose()
      }}
      onClose={(event) => event.target === event.currentTarget && isOpen && onClose()}
      onPointerDown={closeBeside}
    >
      {isOpen && (
        <div className="dialog-body">
          <header className="dialog-head">
            <h2 id={titleId} tabIndex={-1}>
              {title}
            </h2>
            {aside}
            <Button kind="quiet" size="small" icon="close" iconOnly onClick={onClose}>
              Close
            </Button>
          </header>
          {children}
        </div>
      )}
    </dialog>
  )
}
