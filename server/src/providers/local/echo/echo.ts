import { AppError } from '../../../core/errors.ts'
import { limits } from '../models.ts'
import { given, invalid, readInteger } from '../parameters.ts'
import type { FinishReason, TextEvents, TextModel, TextRequest, TextRun } from '../text-model.ts'
import { openTextOutput } from '../text-output.ts'

/** Tokens of a choice that are written in one turn of the event loop when there is no delay. */
const tokensPerTurn = 64

/** One token a word, with the white space before it (white space at the very end is one more): the tokens join to the text. */
const splitWords = (text: string): readonly string[] => text.match(/\s*\S+|\s+$/gu) ?? []

/** As `splitWords`, without making them: a prompt may have megabytes. */
function countWords(text: string): number {
  let words = 0
  for (const _ of text.matchAll(/\S+|\s+$/gu)) words++
  return words
}

/** What the request field `echo` of local/echo asks for; see MODEL_CARD.md. */
type EchoControl = { readonly delayMs: number; readonly tokens: number | undefined }

function readControl({ echo }: TextRequest): EchoControl {
  if (!echo) return { delayMs: 0, tokens: undefined }
  for (const name of Object.keys(echo)) {
    if (name !== 'delay_ms' && name !== 'tokens')
      throw invalid('echo', `echo has no field ${name}; it has delay_ms and tokens.`)
  }
  return {
    delayMs: readInteger(echo, 'delay_ms', 0, 60_000) ?? 0,
    tokens:
      given(echo, 'tokens') === undefined ? undefined : readInteger(echo, 'tokens', 0, limits.echo.outputTokensMax),
  }
}

/** Answers with what it was asked, word by word: deterministic, instant or as slow as the test wants it. */
export const echoModel: TextModel = {
  name: 'echo',
  countPromptTokens: ({ promptTexts }) => promptTexts.reduce((sum, text) => sum + countWords(text), 0),
  countOutputTokens: countWords,
  run: (request, events) => {
    const control = readControl(request)
    const tokens = echoModel.countPromptTokens(request)
    if (tokens > limits.echo.contextTokens) {
      const message = `The prompt has ${tokens} tokens; echo reads at most ${limits.echo.contextTokens}.`
      throw new AppError('context_length_exceeded', { message })
    }
    const runs = request.prompts.flatMap((prompt, at) =>
      Array.from({ length: request.choices }, (_, choice) =>
        runChoice({ index: at * request.choices + choice, prompt, request, control, events }),
      ),
    )
    const all = (verb: keyof TextRun) => () => runs.forEach((run) => run[verb]())
    return { cancel: all('cancel'), pause: all('pause'), resume: all('resume') }
  },
}

type ChoiceWork = {
  readonly index: number
  readonly prompt: string
  readonly request: TextRequest
  readonly control: EchoControl
  readonly events: TextEvents
}

function runChoice({ index, prompt, request, control, events }: ChoiceWork): TextRun {
  const words = splitWords(prompt)
  const wanted = control.tokens ?? words.length
  const allowed = Math.min(request.maxTokens ?? Infinity, limits.echo.outputTokensMax)
  const output = openTextOutput(request.stop)
  let written = 0
  let state: 'running' | 'paused' | 'over' = 'running'
  let timer: NodeJS.Timeout | NodeJS.Immediate | undefined

  const finish = (reason: FinishReason, tail: string) => {
    state = 'over'
    if (tail !== '') events.onText(index, tail, [])
    events.onFinish(index, reason, written)
  }
  const schedule = () => {
    timer = control.delayMs > 0 ? setTimeout(turn, control.delayMs) : setImmediate(turn)
  }
  const turn = () => {
    timer = undefined
    for (let count = control.delayMs > 0 ? 1 : tokensPerTurn; count > 0; count--) {
      if (written >= wanted || written >= allowed) {
        return finish(written >= wanted ? 'stop' : 'length', output.flush().text)
      }
      const piece = output.push(Buffer.from(wordAt(words, written)))
      written++
      if (piece.stopped) return finish('stop', piece.text)
      if (piece.text !== '') events.onText(index, piece.text, [])
      if (state !== 'running') return
    }
    schedule()
  }
  schedule()
  return {
    cancel: () => {
      state = 'over'
      clearTimeout(timer as NodeJS.Timeout | undefined)
      clearImmediate(timer as NodeJS.Immediate | undefined)
    },
    pause: () => {
      if (state === 'running') state = 'paused'
    },
    resume: () => {
      if (state !== 'paused') return
      state = 'running'
      if (!timer) schedule()
    },
  }
}

/** The word at a place, beginning again when the words are used up. */
function wordAt(words: readonly string[], place: number): string {
  if (words.length === 0) return place === 0 ? 'echo' : ' echo'
  const word = words[place % words.length]!
  return place >= words.length && !/^\s/u.test(word) ? ` ${word}` : word
}
