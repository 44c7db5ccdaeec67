import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useReducer, useRef } from 'react'
import { askByKey } from '../../api/by-key.ts'
import type { Schemas } from '../../api/schema.ts'
import { type ChatEvent, streamChat } from '../../api/chat-stream.ts'
import {
  type Answer,
  ended,
  isRunning,
  type Message,
  messagesFor,
  type Side,
  sides,
  type Turn,
  withEvent,
} from './turns.ts'

/** What a send needs besides the message. */
export type Asking = {
  readonly key: string
  readonly system: string
  readonly models: { readonly [S in Side]?: string | undefined }
  readonly fields: Readonly<Record<string, unknown>>
}

export type Conversation = {
  readonly turns: readonly Turn[]
  readonly isBusy: boolean
  readonly send: (message: string, asking: Asking) => void
  /** Asks one side, or all, for the last answer again. */
  readonly regenerate: (asking: Asking, side?: Side) => void
  readonly stop: (side?: Side) => void
  readonly clear: () => void
}

type Change =
  | { readonly kind: 'turn'; readonly turn: Turn }
  | {
      readonly kind: 'answer'
      readonly turnId: string
      readonly side: Side
      readonly change: (answer: Answer) => Answer
    }
  | { readonly kind: 'ask'; readonly turnId: string; readonly side: Side; readonly answer: Answer }
  | { readonly kind: 'clear' }

function reduce(turns: readonly Turn[], change: Change): readonly Turn[] {
  switch (change.kind) {
    case 'turn':
      return [...turns, change.turn]
    case 'clear':
      return []
    case 'ask':
    case 'answer':
      return turns.map((turn) => {
        if (turn.id !== change.turnId) return turn
        const known = turn.answers[change.side]
        const next = change.kind === 'ask' ? change.answer : known && change.change(known)
        return { ...turn, answers: { ...turn.answers, [change.side]: next } }
      })
  }
}

/** What was asked and answered here; calls under way are stopped when the page is left, and nothing is kept. */
export function useConversation(): Conversation {
  const [turns, change] = useReducer(reduce, [])
  const running = useRef(new Map<string, AbortController>())
  const queries = useQueryClient()
  useEffect(() => {
    const flights = running.current
    return () => flights.forEach((flight) => flight.abort())
  }, [])

  const ask = (turn: Pick<Turn, 'id' | 'message'>, before: readonly Turn[], side: Side, asking: Asking) => {
    const model = asking.models[side]
    if (model === undefined) return
    const messages = messagesFor(asking.system, before, side, turn.message)
    const answer = newAnswer(model, messages)
    change({ kind: 'ask', turnId: turn.id, side, answer })
    const flight = new AbortController()
    running.current.set(side, flight)
    const update = (next: (answer: Answer) => Answer) =>
      change({
        kind: 'answer',
        turnId: turn.id,
        side,
        // A later answer may have taken its place.
        change: (known) => (known.id === answer.id ? next(known) : known),
      })
    const done = runAnswer({ ...asking, model, messages, flight: flight.signal, update })
    void done.then(() => {
      if (running.current.get(side) === flight) running.current.delete(side)
      return queries.invalidateQueries({ queryKey: ['paying key'] })
    })
  }

  return {
    turns,
    isBusy: turns.some(({ answers }) => sides.some((side) => isRunning(answers[side]))),
    send(message, asking) {
      const turn: Turn = { id: crypto.randomUUID(), message, answers: {} }
      change({ kind: 'turn', turn })
      for (const side of sides) ask(turn, turns, side, asking)
    },
    regenerate(asking, only) {
      const last = turns.at(-1)
      if (!last) return
      for (const side of only ? [only] : sides) ask(last, turns.slice(0, -1), side, asking)
    },
    stop: (only) => (only ? [only] : sides).forEach((side) => running.current.get(side)?.abort()),
    clear() {
      running.current.forEach((flight) => flight.abort())
      change({ kind: 'clear' })
    },
  }
}

type Running = Pick<Asking, 'key' | 'fields'> & {
  readonly model: string
  readonly messages: readonly Message[]
  readonly flight: AbortSignal
  readonly update: (next: (answer: Answer) => Answer) => void
}

/** One answer from its request to its charge; an answer that ended early has to ask for that. */
async function runAnswer({ key, fields, model, messages, flight, update }: Running): Promise<void> {
  let generationId: string | undefined
  let charged: string | undefined
  const onEvent = (event: ChatEvent) => {
    if (event.kind === 'begun') generationId = event.generationId
    if (event.kind === 'usage') charged = event.usage.credits
    update((known) => withEvent(known, event, performance.now()))
  }
  await streamChat({ model, messages, ...fields }, { key, signal: flight, onEvent })
  update((known) => ended(known, performance.now(), flight.aborted))
  if (charged !== undefined || generationId === undefined) return
  const told = await chargeOf(generationId, key)
  update((known) => ({ ...known, charged: told }))
}

const newAnswer = (model: string, messages: readonly Message[]): Answer => ({
  id: crypto.randomUUID(),
  model,
  state: 'waiting',
  text: '',
  reasoning: '',
  startedMs: performance.now(),
  pieces: 0,
  promptBytes: messages.reduce((sum, { content }) => sum + content.length, 0),
})

const lookEveryMs = 250
const looksMost = 40

/** What a call that ended early was charged: its receipt says it as soon as it is settled. */
async function chargeOf(generationId: string, key: string): Promise<string | undefined> {
  const address = `/v1/generation?${new URLSearchParams({ id: generationId }).toString()}`
  for (let look = 0; look < looksMost; look++) {
    const outcome = await askByKey<{ data: Schemas['Generation'] }>(address, key)
    if (outcome.ok && outcome.answer.data.state !== 'running') return outcome.answer.data.credits
    if (!outcome.ok && outcome.failure.status !== 404 && outcome.failure.status !== 0) return undefined
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
  return undefined
}
