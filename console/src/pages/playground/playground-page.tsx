import { useNavigate, useSearch } from '@tanstack/react-router'
import { type ReactElement, useEffect, useEffectEvent, useRef, useState } from 'react'
import { useSession } from '../../api/session.ts'
import { snippetsOf } from '../../lib/snippets.ts'
import { Button } from '../../ui/button.tsx'
import { CodeBlock } from '../../ui/code.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { Page } from '../../ui/page.tsx'
import type { ListedModel } from '../../parts/listed-model.ts'
import { useModels } from '../../parts/model-queries.ts'
import { AnswerView } from './answer.tsx'
import { Composer } from './composer.tsx'
import { type Asking, type Conversation, useConversation } from './conversation.ts'
import { KeyPanel } from './key-panel.tsx'
import { ModelPicker } from './model-picker.tsx'
import { parameterErrors, parameterFields, usualParameters } from './parameters.ts'
import { usePayingKey } from './paying-key.ts'
import { isTwoIn, type PlaygroundSearch } from './search.ts'
import { Settings } from './settings.tsx'
import { messagesFor, type Side, sides, type Turn } from './turns.ts'
import './playground.css'

/** One model or two side by side, tried with a key that pays. */
export function PlaygroundPage(): ReactElement {
  const { account } = useSession()
  const search: PlaygroundSearch = useSearch({ from: '/framed/playground' })
  const navigate = useNavigate()
  const change = (changed: PlaygroundSearch) =>
    void navigate({ to: '/playground', search: (before) => ({ ...before, ...changed }), replace: true })
  const { data } = useModels()
  const models = data?.data.filter(({ architecture }) => architecture.output_modalities.includes('text')) ?? []
  const modelOf = (id: string | undefined) =>
    models.find((model) => model.id === id || model.aliases.includes(id ?? ''))
  const key = usePayingKey(account.id)
  const [system, setSystem] = useState('')
  const [parameters, setParameters] = useState(usualParameters)
  const conversation = useConversation()
  const isTwo = isTwoIn(search)
  const asked = { left: search.model, ...(isTwo && { right: search.second }) }
  const asking: Asking = { key: key?.secret ?? '', system, models: asked, fields: parameterFields(parameters) }
  const reason = reasonNot({ hasKey: key !== undefined, search, errors: parameterErrors(parameters) })
  useStopKey(conversation)
  return (
    <Page
      title="Playground"
      intro="Try a model, or two side by side. Every call is charged to a key, as any program's would be."
      actions={
        <PageActions
          conversation={conversation}
          asking={asking}
          system={system}
          isTwo={isTwo}
          add={() => change({ two: true })}
          drop={() => change({ second: undefined, two: undefined })}
        />
      }
    >
      <KeyPanel />
      <div className="playground">
        <Settings {...{ system, setSystem, parameters, setParameters }} />
        <div className="playground-main">
          <Pickers models={models} search={search} change={change} modelOf={modelOf} />
          <Turns
            conversation={conversation}
            sides={isTwo ? sides : ['left']}
            modelOf={modelOf}
            asking={reason === undefined ? asking : undefined}
          />
          <Composer
            onSend={(message) => conversation.send(message, asking)}
            reason={reason}
            isBusy={conversation.isBusy}
            stop={() => conversation.stop()}
          />
        </div>
      </div>
    </Page>
  )
}

function Pickers({
  models,
  search,
  change,
  modelOf,
}: {
  readonly models: readonly ListedModel[]
  readonly search: PlaygroundSearch
  readonly change: (changed: PlaygroundSearch) => void
  readonly modelOf: (id: string | undefined) => ListedModel | undefined
}) {
  const { model, second } = search
  const isTwo = isTwoIn(search)
  return (
    <div className="sides" data-two={isTwo ? '' : undefined}>
      <ModelPicker
        label="Model"
        id={model}
        model={modelOf(model)}
        models={models}
        onChange={(id) => change({ model: id })}
      />
      {isTwo && (
        <ModelPicker
          label="Second model"
          id={second}
          model={modelOf(second)}
          models={models}
          onChange={(id) => change({ second: id, two: true })}
        />
      )}
    </div>
  )
}

type TurnProps = {
  readonly sides: readonly Side[]
  readonly modelOf: (id: string | undefined) => ListedModel | undefined
  readonly conversation: Conversation
  /** Given where it can be asked again. */
  readonly asking: Asking | undefined
}

function Turns({ asking, ...props }: TurnProps) {
  const { turns } = props.conversation
  const list = useLastInView(turns.length)
  return (
    <div ref={list} className="turns" role="log" aria-label="Conversation">
      {turns.map((turn, at) => (
        <TurnView key={turn.id} turn={turn} {...props} asking={at === turns.length - 1 ? asking : undefined} />
      ))}
    </div>
  )
}

/** Scrolls to a turn when it begins, so that its answers are seen as they come. */
function useLastInView(count: number) {
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (count > 0) list.current?.lastElementChild?.scrollIntoView({ block: 'start' })
  }, [count])
  return list
}

/** Why nothing can be sent now. */
function reasonNot({
  hasKey,
  search,
  errors,
}: {
  readonly hasKey: boolean
  readonly search: PlaygroundSearch
  readonly errors: ReturnType<typeof parameterErrors>
}): string | undefined {
  if (!hasKey) return 'Choose first which key pays.'
  if (search.model === undefined) return 'Choose a model first.'
  if (isTwoIn(search) && search.second === undefined) return 'Choose the second model, or go back to one.'
  return Object.values(errors).some((error) => error !== undefined) ? 'A parameter makes no sense.' : undefined
}

/** Esc stops what runs, wherever the focus is, but for an open dialog that it closes. */
function useStopKey({ isBusy, stop }: Conversation) {
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.key === 'Escape' && isBusy && !document.querySelector('dialog[open]')) stop()
  })
  useEffect(() => {
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}

function PageActions({
  conversation,
  asking,
  system,
  isTwo,
  add,
  drop,
}: {
  readonly conversation: Conversation
  readonly asking: Asking
  readonly system: string
  readonly isTwo: boolean
  readonly add: () => void
  readonly drop: () => void
}) {
  const [isCode, setIsCode] = useState(false)
  const { turns } = conversation
  const last = turns.at(-1)
  const model = asking.models.left ?? 'local/nano'
  const messages = messagesFor(system, turns.slice(0, -1), 'left', last?.message ?? 'Hello!')
  return (
    <>
      <Button size="small" onClick={isTwo ? drop : add} icon={isTwo ? 'close' : 'plus'}>
        {isTwo ? 'One model' : 'Second model'}
      </Button>
      <Button size="small" icon="copy" onClick={() => setIsCode(true)}>
        Code
      </Button>
      <Button
        size="small"
        reason={turns.length === 0 ? 'Nothing was asked yet.' : undefined}
        onClick={() => conversation.clear()}
      >
        Clear
      </Button>
      <Dialog isOpen={isCode} onClose={() => setIsCode(false)} title="The same by code" shape="wide">
        <p className="soft">
          With an API key in <code>REDPILL_API_KEY</code>.
        </p>
        <CodeBlock
          label="The same call"
          samples={snippetsOf('chat', { model, messages, ...asking.fields, stream: true }, window.location.origin)}
        />
      </Dialog>
    </>
  )
}

function TurnView({ turn, sides: shown, modelOf, conversation, asking }: TurnProps & { readonly turn: Turn }) {
  return (
    <article className="turn" aria-label={turn.message.slice(0, 60)}>
      <p className="turn-message">{turn.message}</p>
      <div className="sides" data-two={shown.length > 1 ? '' : undefined}>
        {shown.map((side) => {
          const answer = turn.answers[side]
          const again = asking && (() => conversation.regenerate(asking, side))
          return (
            <section key={side} className="side" aria-label={answer?.model ?? 'Not asked'}>
              <h2>{answer?.model ?? 'Not asked'}</h2>
              {answer ? (
                <AnswerView
                  answer={answer}
                  model={modelOf(answer.model)}
                  stop={() => conversation.stop(side)}
                  regenerate={again}
                />
              ) : (
                again && (
                  <div>
                    <Button size="small" onClick={again}>
                      Ask it too
                    </Button>
                  </div>
                )
              )}
            </section>
          )
        })}
      </div>
    </article>
  )
}
