/** How credits are bought: each part of it in a file of its own. */
import type { AnyOperation } from '../../operation.ts'
import { codeOperations } from './codes.ts'
import { debtOperations } from './debts.ts'
import { chainOperations } from './chain.ts'
import { optionOperations } from './options.ts'
import { orderOperations } from './orders.ts'
import { referralOperations } from './referral.ts'
import { reviewOperations } from './review.ts'
import { x402Operations } from './x402.ts'

export const paymentOperations: readonly AnyOperation[] = [
  ...optionOperations,
  ...orderOperations,
  ...reviewOperations,
  ...debtOperations,
  ...codeOperations,
  ...referralOperations,
  ...chainOperations,
  ...x402Operations,
]
