import { type ReactElement, type ReactNode, useId } from 'react'

export type Choice<Value extends string> = {
  readonly value: Value
  readonly label: ReactNode
  readonly detail?: ReactNode
  /** Why it cannot be chosen now; it stays in the list and says so. */
  readonly reason?: ReactNode
  /** What stands at the end of its line. */
  readonly aside?: ReactNode
}

/** One of a few that each need a line of their own. What cannot be chosen says why in its place. */
export function Choices<Value extends string>({
  label,
  value,
  onChange,
  choices,
}: {
  readonly label: string
  readonly value: Value | undefined
  readonly onChange: (value: Value) => void
  readonly choices: readonly Choice<Value>[]
}): ReactElement {
  const name = useId()
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      <div className="choice-list">
        {choices.map((choice) => (
          <ChoiceLine
            key={choice.value}
            choice={choice}
            name={name}
            isChosen={choice.value === value}
            choose={() => onChange(choice.value)}
          />
        ))}
      </div>
    </fieldset>
  )
}

function ChoiceLine<Value extends string>({
  choice: { value, label, detail, reason, aside },
  name,
  isChosen,
  choose,
}: {
  readonly choice: Choice<Value>
  readonly name: string
  readonly isChosen: boolean
  readonly choose: () => void
}) {
  const id = useId()
  const words = reason ?? detail
  return (
    <div className="choice" data-off={reason === undefined ? undefined : ''}>
      <input
        type="radio"
        id={id}
        name={name}
        value={value}
        checked={isChosen}
        aria-disabled={reason === undefined ? undefined : true}
        aria-describedby={words === undefined ? undefined : `${id}-words`}
        onChange={() => reason === undefined && choose()}
      />
      <label htmlFor={id}>{label}</label>
      {aside !== undefined && <span className="choice-aside">{aside}</span>}
      {words !== undefined && (
        <div id={`${id}-words`} className="choice-words">
          {words}
        </div>
      )}
    </div>
  )
}
