import { useNavigate } from '@tanstack/react-router'
import { type KeyboardEvent, type ReactElement, useId, useState } from 'react'
import { useApi } from '../api/query.ts'
import { commands, type Command } from '../lib/commands.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Icon } from '../ui/icon.tsx'
import { setPreference } from '../ui/preferences.ts'
import { usePlaces } from './navigation.tsx'

/** Goes anywhere and does what has no page, by typing a part of its name. */
export function Palette({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }): ReactElement {
  return (
    <Dialog isOpen={isOpen} onClose={onClose} title="Search and commands" shape="palette">
      <PaletteBody close={onClose} />
    </Dialog>
  )
}

function PaletteBody({ close }: { readonly close: () => void }) {
  const [typed, setTyped] = useState('')
  const [at, setAt] = useState(0)
  const listId = useId()
  const found = useCommands(typed)
  const chosen = Math.min(at, found.length - 1)
  const run = (command: Command | undefined) => {
    if (!command) return
    close()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && found.length > 0) {
      event.preventDefault()
      setAt((chosen + step + found.length) % found.length)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      run(found[chosen])
    }
  }
  return (
    <>
      <div className="palette-field">
        <Icon name="search" />
        {/* The dialog was opened to type here. */}
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          role="combobox"
          aria-label="Search pages, keys, models, a call by its id, and actions"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={found[chosen] ? `${listId}-${chosen}` : undefined}
          autoComplete="off"
          placeholder="A page, a key, a model, the id of a call"
          value={typed}
          onChange={(event) => {
            setTyped(event.target.value)
            setAt(0)
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <Results listId={listId} found={found} chosen={chosen} choose={setAt} run={run} />
      {found.length === 0 && <p className="palette-none soft">Nothing is called that.</p>}
    </>
  )
}

type ResultsProps = {
  readonly listId: string
  readonly found: readonly Command[]
  readonly chosen: number
  readonly choose: (index: number) => void
  readonly run: (command: Command) => void
}

/** The field keeps the focus and the keys; here the pointer chooses. */
function Results({ listId, found, chosen, choose, run }: ResultsProps) {
  return (
    <div id={listId} role="listbox" aria-label="Results" className="palette-list">
      {found.map((command, index) => (
        <div
          key={command.id}
          id={`${listId}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === chosen}
          onClick={() => run(command)}
          onKeyDown={(event) => event.key === 'Enter' && run(command)}
          onPointerMove={() => choose(index)}
        >
          <span>{command.label}</span>
          <span className="soft">{command.kind}</span>
        </div>
      ))}
    </div>
  )
}

/** What can be gone to or done, by what was typed. */
function useCommands(typed: string): readonly Command[] {
  const navigate = useNavigate()
  const places = usePlaces()
  const { data: keys } = useApi('GET /api/v1/keys', { query: { limit: 100 } })
  const { data: models } = useApi('GET /v1/models', {})
  const go = (to: string, search?: Readonly<Record<string, string>>) => () =>
    void navigate({ to, search: search ?? {} })
  const has = (to: string) => places.some((place) => place.to === to)
  const all: Command[] = places.map(({ to, label }) => ({ id: to, label, kind: 'Page', run: go(to) }))
  if (has('/keys'))
    for (const { id, name, label } of keys?.data ?? [])
      all.push({ id, label: name, more: label, kind: 'Key', run: go(`/keys/${id}`) })
  if (has('/models'))
    for (const { id, name } of models?.data ?? [])
      all.push({ id: `model ${id}`, label: id, more: name, kind: 'Model', run: go('/models', { q: id }) })
  if (has('/calls') && /^gen-[\w-]{8,}$/.test(typed.trim()))
    all.push({ id: 'call', label: typed.trim(), kind: 'Call', run: go('/calls', { call: typed.trim() }) })
  if (has('/credits'))
    all.push({ id: 'add', label: 'Add credits', more: 'buy top up pay', kind: 'Action', run: go('/credits/add') })
  for (const theme of ['light', 'dark', 'system'] as const)
    all.push({ id: theme, label: `Colours: ${theme}`, kind: 'Action', run: () => setPreference('theme', theme) })
  all.push({ id: 'credits', label: 'Amounts in credits', kind: 'Action', run: () => setPreference('unit', 'credits') })
  all.push({ id: 'usd', label: 'Amounts in USD', kind: 'Action', run: () => setPreference('unit', 'usd') })
  return commands(all, typed)
}
