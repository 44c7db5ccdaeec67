/** One line of the command palette. */
export type Command = {
  readonly id: string
  readonly label: string
  /** Found by this too, without being shown. */
  readonly more?: string
  readonly kind: string
  readonly run: () => void
}

const shownMost = 12

/** The commands that what was typed may mean, the likeliest first: begins so, a word begins so, has it, has its letters in order. */
export function commands(all: readonly Command[], typed: string): readonly Command[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return all.slice(0, shownMost)
  return all
    .map((command) => ({
      command,
      rank: Math.min(rankOf(command.label, wanted), rankOf(command.more ?? '', wanted) + 0.5),
    }))
    .filter(({ rank }) => rank < unfit)
    .toSorted((one, other) => one.rank - other.rank)
    .slice(0, shownMost)
    .map(({ command }) => command)
}

const unfit = 10

function rankOf(name: string, wanted: string): number {
  const text = name.toLowerCase()
  if (text.startsWith(wanted)) return 0
  const at = text.indexOf(wanted)
  if (at > 0) return /[\s/:._-]/.test(text[at - 1] ?? '') ? 1 : 2
  let from = 0
  for (const letter of wanted) {
    from = text.indexOf(letter, from) + 1
    if (from === 0) return unfit
  }
  return 3
}
