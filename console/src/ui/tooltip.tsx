import {
  cloneElement,
  type ReactElement,
  type ReactNode,
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  useState,
} from 'react'
import { useFloating } from './floating.ts'

type Described = { readonly 'aria-describedby'?: string | undefined }

/** A sentence beside a control, on hover and on focus; Esc hides it. It is the control's description for everybody. */
export function Tooltip({
  text,
  children,
}: {
  readonly text: ReactNode
  readonly children: ReactElement<Described>
}): ReactElement {
  const id = useId()
  const anchor = useRef<HTMLSpanElement>(null)
  const bubble = useRef<HTMLSpanElement>(null)
  const [isOpen, setIsOpen] = useState(false)
  // Before it is placed: what is not shown has no size.
  useLayoutEffect(() => {
    bubble.current?.togglePopover(isOpen)
  }, [isOpen])
  useFloating(anchor, bubble, isOpen, { side: 'above', align: 'center' })
  useEffect(() => {
    if (!isOpen) return undefined
    const hide = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setIsOpen(false)
    }
    window.addEventListener('keydown', hide, { capture: true })
    return () => window.removeEventListener('keydown', hide, { capture: true })
  }, [isOpen])
  return (
    <span
      ref={anchor}
      className="tooltip-anchor"
      onPointerEnter={() => setIsOpen(true)}
      onPointerLeave={() => setIsOpen(false)}
      onFocus={() => setIsOpen(true)}
      onBlur={() => setIsOpen(false)}
    >
      {cloneElement(children, { 'aria-describedby': id })}
      <span ref={bubble} id={id} role="tooltip" popover="manual" className="tooltip">
        {text}
      </span>
    </span>
  )
}
