/** How credits are bought: each part of it in a file of its own. */
import type { AnyOperation } from '../../operation.ts'
import { codeOperations } from './codes.ts'
import { debtOperations } from './debts.ts'
import { optionOperations } from './options.ts'
import { orderOperations } from './orders.ts'
import { referralOperations } from './referral.ts'
import { reviewOperations } from './review.ts'

export const paymentOperations: readonly AnyOperation[] = [
  ...optionOperations,
  ...orderOperations,
  ...reviewOperations,
  ...debtOperations,
  ...codeOperations,
  ...referralOperations,
]
