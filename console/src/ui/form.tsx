import { createContext, type FormEvent, type KeyboardEvent, type ReactElement, type ReactNode, use, useId } from 'react'
import type { Failure } from '../lib/failure.ts'
import { Button } from './button.tsx'
import { Icon } from './icon.tsx'

type FormProps = {
  /** Called when all fields are as they must be. */
  readonly onSubmit: () => void
  /** Says what happens: 'Create key', never 'OK'. */
  readonly submit: string
  readonly isBusy?: boolean
  /** Why the server refused; shown at its field when it is about one, else above the buttons. */
  readonly failure?: Failure | undefined
  /** Why it cannot be sent now. */
  readonly reason?: string | undefined
  readonly danger?: boolean
  readonly onCancel?: (() => void) | undefined
  readonly children: ReactNode
}

const FailureOfForm = createContext<Failure | undefined>(undefined)

/** A form: mod+Enter sends it from any field, errors stand where they belong. */
export function Form(props: FormProps): ReactElement {
  const { onSubmit, submit, isBusy = false, failure, reason, danger, onCancel, children } = props
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (!isBusy && reason === undefined) onSubmit()
  }
  const sendByKey = (event: KeyboardEvent<HTMLFormElement>) => {
    if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) event.currentTarget.requestSubmit()
  }
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form className="form" onSubmit={send} onKeyDown={sendByKey}>
      <FailureOfForm value={failure}>
        {children}
        <FormFailure failure={failure} />
      </FailureOfForm>
      <footer className="form-foot">
        <Button type="submit" kind={danger ? 'danger' : 'primary'} isBusy={isBusy} reason={reason}>
          {submit}
        </Button>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
      </footer>
    </form>
  )
}

/** Always said here as a whole, with its request; the field that it is about repeats it. */
function FormFailure({ failure }: { readonly failure: Failure | undefined }) {
  return (
    <div className="form-failure" role="alert">
      {failure && <p>{failure.message}</p>}
      {failure?.requestId !== undefined && (
        <p className="soft">
          Request <code>{failure.requestId}</code>
        </p>
      )}
    </div>
  )
}

/** What a control needs to be named, described and marked wrong. */
export type ControlProps = {
  readonly id: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': true | undefined
}

type FieldProps = {
  readonly label: string
  /** The parameter of the API that it becomes; the server's complaints about it are shown here. */
  readonly name?: string | undefined
  readonly hint?: ReactNode
  /** What is wrong, told before anything is sent. */
  readonly error?: string | undefined
  readonly optional?: boolean | undefined
  readonly children: (control: ControlProps) => ReactNode
}

/** A labelled control with its hint and its error. */
export function Field({ label, name, hint, error, optional, children }: FieldProps): ReactElement {
  const id = useId()
  const failure = use(FailureOfForm)
  const wrong = error ?? (name !== undefined && failure?.param === name ? failure.message : undefined)
  const described = [hint === undefined ? '' : `${id}-hint`, wrong === undefined ? '' : `${id}-error`].filter(Boolean)
  return (
    <div className="field">
      <label htmlFor={id}>
        {label}
        {optional && <span className="field-optional">optional</span>}
      </label>
      {children({
        id,
        'aria-describedby': described.join(' ') || undefined,
        'aria-invalid': wrong === undefined ? undefined : true,
      })}
      {wrong !== undefined && <FieldError id={`${id}-error`}>{wrong}</FieldError>}
      {hint !== undefined && (
        <div id={`${id}-hint`} className="field-hint">
          {hint}
        </div>
      )}
    </div>
  )
}

/** What is wrong with a field, told by a sign and words, not by its colour alone. */
export const FieldError = ({ id, children }: { readonly id?: string; readonly children: ReactNode }): ReactElement => (
  <p id={id} className="field-error">
    <Icon name="warning" />
    <span>{children}</span>
  </p>
)
