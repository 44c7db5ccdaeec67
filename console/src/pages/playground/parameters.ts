/** What a person sets besides the messages, as typed. Empty: the model's own. */
export type Parameters = {
  readonly temperature: string
  readonly topP: string
  readonly tokensMax: string
  readonly seed: string
  /** One in each line. */
  readonly stop: string
  readonly effort: '' | 'minimal' | 'low' | 'medium' | 'high'
  readonly isJson: boolean
}

export const usualParameters: Parameters = {
  temperature: '',
  topP: '',
  tokensMax: '',
  seed: '',
  stop: '',
  effort: '',
  isJson: false,
}

const stopsMost = 4

/** What is wrong with each field, told before anything is sent. */
export function parameterErrors(typed: Parameters): { readonly [K in keyof Parameters]?: string | undefined } {
  return {
    temperature: between(typed.temperature, 0, 2),
    topP: between(typed.topP, 0, 1),
    tokensMax: whole(typed.tokensMax, 1),
    seed: whole(typed.seed, 0),
    stop: stopsOf(typed).length > stopsMost ? `At most ${stopsMost}, one in each line.` : undefined,
  }
}

/** The fields of the request, only those that were set. */
export function parameterFields(typed: Parameters): Readonly<Record<string, unknown>> {
  const stops = stopsOf(typed)
  return {
    ...(typed.temperature.trim() !== '' && { temperature: Number(typed.temperature) }),
    ...(typed.topP.trim() !== '' && { top_p: Number(typed.topP) }),
    ...(typed.tokensMax.trim() !== '' && { max_tokens: Number(typed.tokensMax) }),
    ...(typed.seed.trim() !== '' && { seed: Number(typed.seed) }),
    ...(stops.length > 0 && { stop: stops }),
    ...(typed.effort !== '' && { reasoning_effort: typed.effort }),
    ...(typed.isJson && { response_format: { type: 'json_object' } }),
  }
}

/** How many are set: said where they are folded away. */
export const setCount = (typed: Parameters): number => Object.keys(parameterFields(typed)).length

const stopsOf = ({ stop }: Parameters): readonly string[] => stop.split('\n').filter((line) => line !== '')

function between(text: string, least: number, most: number): string | undefined {
  if (text.trim() === '') return undefined
  const isNumber = /^\d+(\.\d+)?$/.test(text.trim())
  return isNumber && Number(text) >= least && Number(text) <= most ? undefined : `A number from ${least} to ${most}.`
}

function whole(text: string, least: number): string | undefined {
  if (text.trim() === '') return undefined
  return /^\d{1,9}$/.test(text.trim()) && Number(text) >= least ? undefined : `A whole number from ${least} on.`
}
