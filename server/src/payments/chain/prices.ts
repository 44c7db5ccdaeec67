import { askPrice, type PriceSaid } from './feeds.ts'
import { NodeFault } from './nodes/node.ts'
import type { Token } from './settings.ts'
import type { ChainTools, OpenChain } from './tools.ts'

/** For so long what a feed said is shown; quotes always ask it anew. */
const freshMs = 15_000
/** A page does not wait longer for a chain. */
const patienceMs = 2_000

export type ShownPrices = {
  /** Why a token cannot be paid with at the moment; `undefined`: it can. */
  readonly whyNot: (open: OpenChain, token: Token) => Promise<string | undefined>
}

type Kept = { readonly said: PriceSaid; readonly atMs: number }

/** What pages show of tokens whose price has to be asked for. */
export function openShownPrices({ clock }: Pick<ChainTools, 'clock'>): ShownPrices {
  const kept = new Map<Token, Kept>()

  async function ask({ chain, nodes }: OpenChain, token: Token): Promise<PriceSaid> {
    try {
      const said = await askPrice(nodes, token, { at: 'latest', nowMs: clock.nowMs() })
      kept.set(token, { said, atMs: clock.monotonicMs() })
      return said
    } catch (error) {
      if (error instanceof NodeFault) return { kind: 'unsure', why: `The node of ${chain.name} does not answer.` }
      throw error
    }
  }

  return {
    async whyNot(open, token) {
      if (!token.feed) return undefined
      const known = kept.get(token)
      const isFresh = known && clock.monotonicMs() - known.atMs < freshMs
      const said = isFresh ? known.said : await Promise.race([ask(open, token), later(known?.said)])
      return said?.kind === 'unsure' ? said.why : undefined
    },
  }
}

/** What was said before, if nothing else comes in time; then nothing is said, and the quote will tell. */
const later = (before: PriceSaid | undefined): Promise<PriceSaid | undefined> =>
  new Promise((resolve) => {
    setTimeout(() => resolve(before), patienceMs).unref()
  })
