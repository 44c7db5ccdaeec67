import type { JsonObject, JsonValue } from '../core/json.ts'
import { saysNothing } from './openai-form.ts'

/** What becomes of a field of a request, as the reference tells it. */
export type Handling = 'passed' | 'translated' | 'warned' | 'refused'

/** What a translation cannot say: settings are left out and named, what has to be said refuses the request. */
export type Notes = {
  readonly leaveOut: (what: string, why?: string) => void
  /** A sentence that names the field; the first one counts. */
  readonly refuse: (sentence: string) => void
  readonly leftOut: () => readonly string[]
  readonly refusal: () => string | undefined
}

export function openNotes(): Notes {
  const leftOut = new Set<string>()
  let refusal: string | undefined
  return {
    leaveOut: (what, why = 'the provider does not know it') => leftOut.add(`${what} is left out: ${why}`),
    refuse: (sentence) => (refusal ??= sentence),
    leftOut: () => [...leftOut],
    refusal: () => refusal,
  }
}

/** A field of a chat completion: what becomes of it, told and done. `null` and absent fields are not read. */
export type FieldRule<Draft> = {
  readonly handling: Handling
  /** For the reference: what is said instead, or why it is not. */
  readonly becomes: string
  readonly write: (value: JsonValue, draft: Draft, notes: Notes) => void
}

export type FieldRules<Draft> = Readonly<Record<string, FieldRule<Draft>>>

/** Leaves a setting out, and says so unless it says nothing. */
export const warned = (
  name: string,
  becomes: string,
  isDefault: (value: JsonValue) => boolean = saysNothing,
): FieldRule<unknown> => ({
  handling: 'warned',
  becomes,
  write(value, _draft, { leaveOut }) {
    if (!isDefault(value)) leaveOut(name, becomes)
  },
})

export const refused = (
  name: string,
  becomes: string,
  isDefault: (value: JsonValue) => boolean = saysNothing,
): FieldRule<unknown> => ({
  handling: 'refused',
  becomes,
  write(value, _draft, { refuse }) {
    if (!isDefault(value)) refuse(`${name}: ${becomes}`)
  },
})

/** A field that is read together with another one: its row only tells of it. */
export const readElsewhere = (becomes: string): FieldRule<unknown> => ({
  handling: 'translated',
  becomes,
  write: () => undefined,
})

/** Writes a body by its rules, in the order of the table. Fields without a rule are left out, and named. */
export function writeFields<Draft>(body: JsonObject, rules: FieldRules<Draft>, draft: Draft, notes: Notes): void {
  for (const [name, rule] of Object.entries(rules)) {
    const value = body[name]
    if (value !== undefined && value !== null) rule.write(value, draft, notes)
  }
  for (const [name, value] of Object.entries(body)) {
    if (!Object.hasOwn(rules, name) && !saysNothing(value)) notes.leaveOut(name)
  }
}
