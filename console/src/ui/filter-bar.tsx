import { type ReactElement, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { isShortcut } from './keyboard.ts'

/**
 * The filters of a page. `/` goes to the first of them; what is set can be taken off at once. Many of them stand behind
 * one button where the window is narrow, so that what they filter is in view.
 */
export function FilterBar({
  children,
  clear,
  trailing,
  setCount,
  more,
}: {
  readonly children: ReactNode
  /** Given while a filter is set. */
  readonly clear?: (() => void) | undefined
  /** What stands at the end: export, live. */
  readonly trailing?: ReactNode
  /** Of many filters: how many are set. */
  readonly setCount?: number
  /** A second row, that belongs to them. */
  readonly more?: ReactNode
}): ReactElement {
  const bar = useRef<HTMLDivElement>(null)
  const id = useId()
  const [isOpen, setIsOpen] = useState(false)
  const isFolding = setCount !== undefined
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || !isShortcut(event)) return
      event.preventDefault()
      const controls = [...(bar.current?.querySelectorAll<HTMLElement>('input, select, button') ?? [])]
      controls.find((control) => control.checkVisibility())?.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])
  return (
    <div className="filter-bar" role="search" ref={bar} data-folds={isFolding ? (isOpen ? 'open' : '') : undefined}>
      {isFolding && (
        <div className="filters-fold">
          <Button aria-expanded={isOpen} aria-controls={id} onClick={() => setIsOpen(!isOpen)}>
            {setCount === 0 ? 'Filters' : `Filters (${setCount})`}
          </Button>
        </div>
      )}
      <div className="filters-folded" id={id}>
        <div className="filters">
          {children}
          {clear && (
            <Button kind="quiet" icon="close" onClick={clear}>
              Clear
            </Button>
          )}
        </div>
        {more}
      </div>
      {trailing !== undefined && <div className="filters">{trailing}</div>}
    </div>
  )
}

const settleMs = 250

/** A field of the bar whose text goes into the address when one stops typing. */
export function FilterText({
  label,
  value,
  onChange,
  suggestions,
  width = '12rem',
}: {
  readonly label: string
  readonly value: string | undefined
  readonly onChange: (value: string | undefined) => void
  readonly suggestions?: readonly string[]
  readonly width?: string
}): ReactElement {
  const [typed, setTyped] = useState(value ?? '')
  const [sent, setSent] = useState(value)
  const [known, setKnown] = useState(value)
  if (known !== value) {
    setKnown(value)
    // The address changed by other means: a link, Back, Clear. What was sent from here leaves the text as it was typed since.
    if (value !== sent) {
      setSent(value)
      setTyped(value ?? '')
    }
  }
  const change = (text: string) => {
    const next = text.trim() === '' ? undefined : text.trim()
    setSent(next)
    onChange(next)
  }
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  useEffect(() => () => clearTimeout(timer.current), [])
  const listId = `filter-${label.toLowerCase().replaceAll(' ', '-')}`
  return (
    <span className="filter-text" style={{ width }}>
      <Icon name="search" />
      <input
        type="search"
        className="input"
        aria-label={label}
        placeholder={label}
        list={suggestions ? listId : undefined}
        value={typed}
        onChange={(event) => {
          const text = event.target.value
          setTyped(text)
          clearTimeout(timer.current)
          timer.current = setTimeout(() => change(text), settleMs)
        }}
      />
      {suggestions && (
        <datalist id={listId}>
          {suggestions.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </datalist>
      )}
    </span>
  )
}

/** One of several in the bar; the first choice is 'any'. */
export function FilterSelect<Value extends string>({
  label,
  any,
  value,
  onChange,
  options,
}: {
  readonly label: string
  /** What is said while nothing is chosen: 'Any state'. */
  readonly any: string
  readonly value: Value | undefined
  readonly onChange: (value: Value | undefined) => void
  readonly options: readonly { readonly value: Value; readonly label: string }[]
}): ReactElement {
  return (
    <span className="select" data-set={value === undefined ? undefined : ''}>
      <select
        className="input"
        aria-label={label}
        value={value ?? ''}
        onChange={(event) => onChange(options.find((option) => option.value === event.target.value)?.value)}
      >
        <option value="">{any}</option>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <Icon name="down" />
    </span>
  )
}
