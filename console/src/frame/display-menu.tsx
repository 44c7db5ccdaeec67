import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useId, useRef, useState } from 'react'
import { zoneName } from '../lib/time.ts'
import { Segments } from '../ui/fields.tsx'
import { useFloating } from '../ui/floating.ts'
import { Icon } from '../ui/icon.tsx'
import { setPreference, usePreference, useZone } from '../ui/preferences.ts'
import { useNow } from '../ui/time.tsx'

/** How amounts, times and the page itself are shown; kept in this browser. */
export function DisplayMenu(): ReactElement {
  const id = useId()
  const anchor = useRef<HTMLButtonElement>(null)
  const panel = useRef<HTMLDivElement>(null)
  const [isOpen, setIsOpen] = useState(false)
  useFloating(anchor, panel, isOpen, { side: 'below', align: 'end' })
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className="button"
        data-kind="quiet"
        data-icon-only=""
        aria-label="Display"
        aria-expanded={isOpen}
        popoverTarget={id}
      >
        <Icon name="sun" />
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        className="menu display-menu"
        onToggle={(event) => setIsOpen(event.newState === 'open')}
      >
        {isOpen && <DisplayChoices />}
      </div>
    </>
  )
}

function DisplayChoices() {
  const unit = usePreference('unit')
  const theme = usePreference('theme')
  return (
    <>
      <div>
        <h3>Amounts in</h3>
        <Segments
          label="Amounts in"
          value={unit}
          onChange={(value) => setPreference('unit', value)}
          options={[
            { value: 'credits', label: 'Credits' },
            { value: 'usd', label: 'USD' },
          ]}
        />
      </div>
      <ZoneChoice />
      <div>
        <h3>Colours</h3>
        <Segments
          label="Colours"
          value={theme}
          onChange={(value) => setPreference('theme', value)}
          options={[
            { value: 'system', label: 'System' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
        />
      </div>
    </>
  )
}

/** The zone stands in the address when a link brought it there; then the choice changes it there too. */
function ZoneChoice() {
  const zone = useZone()
  const now = useNow()
  const navigate = useNavigate()
  const { zone: inAddress } = useSearch({ strict: false })
  return (
    <div>
      <h3>Times in</h3>
      <Segments
        label="Times in"
        value={zone}
        onChange={(value) => {
          setPreference('zone', value)
          if (inAddress) void navigate({ to: '.', search: (search) => ({ ...search, zone: value }), replace: true })
        }}
        options={[
          { value: 'local', label: `Local (${zoneName('local', now)})` },
          { value: 'utc', label: 'UTC' },
        ]}
      />
    </div>
  )
}
