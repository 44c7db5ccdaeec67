import { type KeyboardEvent, type ReactElement, type ReactNode, useId, useRef, useState } from 'react'
import { useFloating } from './floating.ts'
import { Icon, type IconName } from './icon.tsx'

export type MenuItem = {
  readonly label: string
  readonly icon?: IconName
  readonly detail?: ReactNode
  readonly onSelect: () => void
  /** Why it cannot be done now; the item stays and says this. */
  readonly reason?: string | undefined
  readonly danger?: boolean
  /** The one that holds now. */
  readonly isChosen?: boolean
}

/** A button that opens a list of actions. Arrows walk it, Esc closes it, the focus goes back to the button. */
export function Menu({
  label,
  items,
  children,
  className = 'button',
  kind = 'plain',
  size = 'normal',
  align = 'end',
}: {
  /** Its name where the children are not one. */
  readonly label: string
  readonly items: readonly MenuItem[]
  /** What is on the button; three dots unless given. */
  readonly children?: ReactNode
  readonly className?: string
  readonly kind?: 'plain' | 'quiet'
  readonly size?: 'normal' | 'small'
  readonly align?: 'start' | 'end'
}): ReactElement {
  const id = useId()
  const anchor = useRef<HTMLButtonElement>(null)
  const list = useRef<HTMLDivElement>(null)
  const [isOpen, setIsOpen] = useState(false)
  useFloating(anchor, list, isOpen, { side: 'below', align })
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className={className}
        data-kind={kind}
        data-size={size}
        data-icon-only={children === undefined ? '' : undefined}
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        popoverTarget={id}
      >
        {children ?? <Icon name="more" />}
      </button>
      <div
        ref={list}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        className="menu"
        onToggle={(event) => {
          setIsOpen(event.newState === 'open')
          if (event.newState === 'open') event.currentTarget.querySelector<HTMLElement>('[role^=menuitem]')?.focus()
        }}
        onKeyDown={walkMenu}
      >
        {isOpen && items.map((item) => <Item key={item.label} item={item} close={() => list.current?.hidePopover()} />)}
      </div>
    </>
  )
}

function Item({ item, close }: { readonly item: MenuItem; readonly close: () => void }) {
  const { label, icon, detail, onSelect, reason, danger, isChosen } = item
  const select = () => {
    if (reason !== undefined) return
    close()
    onSelect()
  }
  return (
    <button
      type="button"
      role={isChosen === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked={isChosen}
      aria-disabled={reason !== undefined || undefined}
      tabIndex={-1}
      className="menu-item"
      data-tone={danger ? 'bad' : undefined}
      onClick={select}
    >
      {icon && <Icon name={icon} />}
      <span className="menu-words">
        {label}
        {(reason ?? detail) !== undefined && <span className="menu-detail">{reason ?? detail}</span>}
      </span>
      {isChosen && <Icon name="check" />}
    </button>
  )
}

function walkMenu(event: KeyboardEvent<HTMLDivElement>) {
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>('[role^=menuitem]')]
  const at = items.indexOf(document.activeElement as HTMLElement)
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key]
  if (to !== undefined) {
    event.preventDefault()
    items.at(to % items.length)?.focus()
  } else if (event.key.length === 1 && /\S/.test(event.key)) {
    const named = [...items.slice(at + 1), ...items].find((item) =>
      item.textContent.toLowerCase().startsWith(event.key.toLowerCase()),
    )
    named?.focus()
  }
}
