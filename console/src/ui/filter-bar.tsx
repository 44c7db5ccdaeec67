import { type ReactElement, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'
import { isShortcut } from './keyboard.ts'

/** The filters of a page. `/` goes to the first of them; what is set can be taken off at once. */
export function FilterBar({
  children,
  clear,
  trailing,
}: {
  readonly children: ReactNode
  /** Given while a filter is set. */
  readonly clear?: (() => void) | undefined
  /** What stands at the end: export, live. */
  readonly trailing?: ReactNode
}): ReactElement {
  const bar = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== '/' || !isShortcut(event)) return
      event.preventDefault()
      bar.current?.querySelector<HTMLElement>('input, select, button')?.focus()
    }
    window.addEventListener('keydown', focus)
    return () => window.removeEventListener('keydown', focus)
  }, [])
  return (
    <div className="filter-bar" role="search" ref={bar}>
      <div className="filters">
        {children}
        {clear && (
          <Button kind="quiet" icon="close" onClick={clear}>
            Clear
          </Button>
        )}
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
  // The address changed by other means: a link, Back, Clear.
  if (sent !== value) {
    setSent(value)
    setTyped(value ?? '')
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
