/** What Anthropic's models take, read from their names: its API refuses what a model does not take, instead of passing over it. */

export type ModelTraits = {
  /** What an answer may have where nobody says. */
  readonly outputTokensMax: number
  /** Whether `temperature`, `top_p` and `top_k` are taken at all. */
  readonly takesSampling: boolean
  /** Whether `temperature` and `top_p` are taken together. */
  readonly takesTemperatureWithTopP: boolean
  /** `budget`: a number of tokens; `adaptive`: the model decides, by effort; `either`; `none`. */
  readonly thinking: 'none' | 'budget' | 'either' | 'adaptive'
  /** `always`: thinking cannot be switched off; `unless-told`: it is on where nothing is said. */
  readonly thinksByDefault: 'no' | 'unless-told' | 'always'
  /** The efforts of `output_config`; empty where there is none. */
  readonly efforts: readonly string[]
  /** Whether answers and tools can be held to a JSON schema. */
  readonly takesSchemas: boolean
  /** Whether instructions may stand in the midst of the conversation. */
  readonly takesLaterInstructions: boolean
}

/** Of other makers that speak this API: nothing is known but the API itself. */
const stranger: ModelTraits = {
  outputTokensMax: 8_192,
  takesSampling: true,
  takesTemperatureWithTopP: true,
  thinking: 'budget',
  thinksByDefault: 'no',
  efforts: [],
  takesSchemas: false,
  takesLaterInstructions: false,
}

/** `claude-3-5-haiku-20241022`, and since version 4 `claude-opus-4-1-20250805`, also inside the names of other clouds. */
const olderName = /claude-(\d)(?:[-.](\d))?-(?:opus|sonnet|haiku)/
const name = /claude-(opus|sonnet|haiku|fable|mythos)(?:-(\d{1,2})(?!\d))?(?:[-.](\d{1,2})(?!\d))?/

export function traitsOf(model: string): ModelTraits {
  const older = olderName.exec(model)
  if (older) return olderTraits(versionOf(older[1], older[2]))
  const newer = name.exec(model)
  if (!newer) return stranger
  const alwaysThinks = newer[1] === 'fable' || newer[1] === 'mythos'
  // A name without a version is a preview of what comes.
  const version = newer[2] === undefined ? 500 : versionOf(newer[2], newer[3])
  return newerTraits(version, newer[1] ?? '', alwaysThinks)
}

/** Comparable: 4.5 is 405. */
const versionOf = (major: string | undefined, minor: string | undefined): number =>
  Number(major ?? 0) * 100 + Number(minor ?? 0)

const olderTraits = (version: number): ModelTraits => ({
  ...stranger,
  outputTokensMax: version >= 307 ? 64_000 : version >= 305 ? 8_192 : 4_096,
  thinking: version >= 307 ? 'budget' : 'none',
})

function newerTraits(version: number, family: string, alwaysThinks: boolean): ModelTraits {
  return {
    outputTokensMax: outputTokensMaxOf(version, family),
    takesSampling: version < 407,
    takesTemperatureWithTopP: version < 401,
    thinking: version < 406 ? 'budget' : version < 407 ? 'either' : 'adaptive',
    thinksByDefault: alwaysThinks ? 'always' : version >= 500 ? 'unless-told' : 'no',
    efforts: effortsOf(version, family),
    takesSchemas: version >= 405 || (family === 'opus' && version >= 401),
    takesLaterInstructions: version >= 408,
  }
}

function outputTokensMaxOf(version: number, family: string): number {
  if (family === 'opus' && version < 405) return 32_000
  return version < 406 || family === 'haiku' ? 64_000 : 128_000
}

function effortsOf(version: number, family: string): readonly string[] {
  if (version >= 407) return ['low', 'medium', 'high', 'xhigh', 'max']
  if (version >= 406) return ['low', 'medium', 'high', 'max']
  return family === 'opus' && version >= 405 ? ['low', 'medium', 'high'] : []
}
