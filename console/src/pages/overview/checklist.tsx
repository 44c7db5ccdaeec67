import type { ReactElement, ReactNode } from 'react'
import { useSession } from '../../api/session.ts'
import { FirstCallCommand } from '../../parts/first-call.tsx'
import { ButtonLink } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code.tsx'
import { Icon } from '../../ui/icon.tsx'
import type { Told } from './tiles.tsx'

type Step = Told['checklist']['steps'][number]

/** The way of a new account to its first call. Each step ticks itself off when it is done, wherever that was. */
export function Checklist({ steps }: { readonly steps: readonly Step[] }): ReactElement {
  const next = steps.find(({ done }) => !done)
  return (
    <section className="section" aria-labelledby="first-steps">
      <header className="section-head">
        <h2 id="first-steps">First steps</h2>
        <span className="soft" role="status">
          {steps.filter(({ done }) => done).length} of {steps.length} done
        </span>
      </header>
      <ol className="checklist">
        {steps.map((step) => (
          <li key={step.id} data-done={step.done ? '' : undefined} aria-current={step === next ? 'step' : undefined}>
            <span className="checklist-mark">{step.done && <Icon name="check" />}</span>
            <div>
              <p className="checklist-title">
                {titles[step.id]}
                <span className="hidden-text">{step.done ? ', done' : ', not done yet'}</span>
              </p>
              {step === next && <Next id={step.id} />}
            </div>
          </li>
        ))}
      </ol>
    </section>
  )
}

const titles = {
  add_credits: 'Add credits',
  create_key: 'Make a key',
  first_call: 'Make a first call',
} as const satisfies Record<Step['id'], string>

function Next({ id }: { readonly id: Step['id'] }): ReactElement {
  const { account } = useSession()
  switch (id) {
    case 'add_credits':
      return (
        <Words text="Credits are paid beforehand, so that no call costs more than there is. The operator of this server can grant some, too.">
          <ButtonLink to="/credits/add" kind="primary" icon="plus">
            Add credits
          </ButtonLink>
          {account.kind === 'operator' && (
            <CodeBlock
              label="Grant credits"
              samples={[{ language: 'shell', code: `./redpill credits grant ${account.id} 1000000 --reason trial` }]}
            />
          )}
        </Words>
      )
    case 'create_key':
      return (
        <Words text="A key is what programs send with their calls. It may have a limit of its own.">
          <ButtonLink to="/keys" search={{ create: true }} kind="primary" icon="plus">
            Make a key
          </ButtonLink>
        </Words>
      )
    case 'first_call':
      return (
        <Words text="With the key in REDPILL_KEY, in a terminal. The call shows up below by itself.">
          <FirstCallCommand />
        </Words>
      )
  }
}

const Words = ({ text, children }: { readonly text: string; readonly children: ReactNode }) => (
  <div className="checklist-words">
    <p className="soft">{text}</p>
    {children}
  </div>
)
