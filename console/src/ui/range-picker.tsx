import { type ReactElement, useState } from 'react'
import {
  fromInputText,
  type Preset,
  presetNames,
  presets,
  type RangeSearch,
  spanOf,
  toInputText,
} from '../lib/range.ts'
import { Icon } from './icon.tsx'
import { useZone } from './preferences.ts'
import { useNow, useZoneName } from './time.tsx'

type Props = {
  readonly value: RangeSearch
  /** What the page shows when its address says nothing; undefined: all time. */
  readonly fallback: Preset | undefined
  readonly onChange: (range: RangeSearch) => void
}

/** The time that a page looks at: a span that moves with the clock, or from one moment to another. */
export function RangePicker({ value, fallback, onChange }: Props): ReactElement {
  const zone = useZone()
  const now = useNow()
  const isCustom = value.range === undefined && value.from !== undefined
  const choose = (chosen: string) => {
    if (chosen === '') {
      onChange({ range: undefined, from: undefined, to: undefined })
      return
    }
    const range = presets.find((preset) => preset === chosen)
    if (range) onChange({ range: range === fallback ? undefined : range, from: undefined, to: undefined })
    else {
      const span = spanOf(value, fallback ?? '30d', now, zone)
      onChange({ range: undefined, from: span.from, to: span.to ?? now.toISOString() })
    }
  }
  return (
    <>
      <span className="select" data-set={isCustom ? '' : undefined}>
        <select
          className="input"
          aria-label="Time"
          value={isCustom ? 'custom' : (value.range ?? fallback ?? '')}
          onChange={(event) => choose(event.target.value)}
        >
          {fallback === undefined && <option value="">Any time</option>}
          {presets.map((preset) => (
            <option key={preset} value={preset}>
              {presetNames[preset]}
            </option>
          ))}
          <option value="custom">From … to …</option>
        </select>
        <Icon name="down" />
      </span>
      {isCustom && <Moments key={`${value.from} ${value.to} ${zone}`} value={value} onChange={onChange} />}
    </>
  )
}

/** Two moments. What is typed holds once both are whole and in order. */
function Moments({ value, onChange }: Pick<Props, 'value' | 'onChange'>) {
  const zone = useZone()
  const zoneName = useZoneName()
  const [texts, setTexts] = useState({
    from: value.from === undefined ? '' : toInputText(value.from, zone),
    to: value.to === undefined ? '' : toInputText(value.to, zone),
  })
  const [from, to] = [fromInputText(texts.from, zone), fromInputText(texts.to, zone)]
  const isWrong = from !== undefined && to !== undefined && from >= to
  const send = () => {
    if (from === undefined || isWrong || (texts.to !== '' && to === undefined)) return
    if (from !== value.from || to !== value.to) onChange({ range: undefined, from, to })
  }
  return (
    <span className="moments">
      {(['from', 'to'] as const).map((end) => (
        <input
          key={end}
          type="datetime-local"
          className="input"
          aria-label={`${end === 'from' ? 'From' : 'To'}, ${zoneName}`}
          aria-invalid={isWrong || undefined}
          value={texts[end]}
          onChange={(event) => setTexts({ ...texts, [end]: event.target.value })}
          onBlur={send}
          onKeyDown={(event) => event.key === 'Enter' && send()}
        />
      ))}
      <span className="soft" role="status">
        {isWrong ? 'The end must be after the beginning.' : zoneName}
      </span>
    </span>
  )
}
