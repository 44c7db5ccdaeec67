import { AppError } from '../../core/errors.ts'
import type { Deleted } from '../../catalog/index.ts'
import { notFound } from '../faults.ts'

/** The answer to a deletion, or the reason why it was refused. */
export function refuseDeletion(what: 'model' | 'provider', outcome: Deleted): { deleted: true } {
  switch (outcome.kind) {
    case 'deleted':
      return { deleted: true }
    case 'unknown':
      throw notFound(what)
    case 'in-use':
      throw new AppError('conflict', {
        message: `Offers of this ${what}: ${outcome.offers}. Delete those first, or disable the ${what}.`,
      })
  }
}
