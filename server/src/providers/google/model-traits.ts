/** What tells Google's models apart, as far as a request has to be another one. Names that are new count as the newest. */

export type ThinkingLevel = 'minimal' | 'low' | 'medium' | 'high'

export type Thinking =
  | { readonly kind: 'none' }
  /** It is told in tokens. */
  | { readonly kind: 'budget'; readonly min: number; readonly max: number; readonly canStop: boolean }
  /** It is told in levels, and cannot be stopped. */
  | { readonly kind: 'level'; readonly levels: readonly ThinkingLevel[] }

export type ModelTraits = {
  readonly thinking: Thinking
  /** Whether it has a place for the system prompt. */
  readonly takesSystem: boolean
  /** Whether it refuses a tool call of its own that comes back without a thought signature. */
  readonly wantsSignatures: boolean
  /** Whether the result of a tool may hold pictures. */
  readonly mediaInResults: boolean
  /** Whether an answer can be bound to a schema while there are tools. */
  readonly schemaBesideTools: boolean
  readonly takesPenalties: boolean
}

const allLevels: readonly ThinkingLevel[] = ['minimal', 'low', 'medium', 'high']

export function traitsOf(model: string): ModelTraits {
  const name = model.slice(model.lastIndexOf('/') + 1).toLowerCase()
  const isGemini = name.startsWith('gemini-')
  const version = /^gemini-(\d+)(?:\.(\d+))?/.exec(name)
  const major = version ? Number(version[1]) : 3
  const minor = version ? Number(version[2] ?? 0) : 0
  const isThird = isGemini && major >= 3
  return {
    thinking: isGemini ? thinkingOf(name, major, minor) : { kind: 'none' },
    takesSystem: !name.startsWith('gemma-'),
    wantsSignatures: isThird,
    mediaInResults: isThird,
    schemaBesideTools: isThird,
    takesPenalties: !(isGemini && major === 2 && minor === 5),
  }
}

function thinkingOf(name: string, major: number, minor: number): Thinking {
  if (name.includes('-tts') || name.includes('-embedding')) return { kind: 'none' }
  if (name.startsWith('gemini-3-pro-image')) return { kind: 'budget', min: 128, max: 32_768, canStop: false }
  if (major >= 3) return { kind: 'level', levels: levelsOf(name, major, minor) }
  if (major < 2 || minor < 5 || name.includes('-image')) return { kind: 'none' }
  if (name.includes('-pro')) return { kind: 'budget', min: 128, max: 32_768, canStop: false }
  if (name.includes('-lite')) return { kind: 'budget', min: 512, max: 24_576, canStop: true }
  return { kind: 'budget', min: 1, max: 24_576, canStop: true }
}

function levelsOf(name: string, major: number, minor: number): readonly ThinkingLevel[] {
  if (name.startsWith('gemini-3-pro')) return ['low', 'high']
  const isFlash = name.includes('-flash') && !name.includes('-lite')
  const newFlash = isFlash && (major > 3 || minor >= 7 || name === 'gemini-flash-latest')
  return newFlash || name.startsWith('gemini-3.1-pro') ? allLevels.slice(1) : allLevels
}
