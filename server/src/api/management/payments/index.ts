/** How credits are bought: each part of it in a file of its own. */
import type { AnyOperation } from '../../operation.ts'
import { optionOperations } from './options.ts'
import { orderOperations } from './orders.ts'
import { reviewOperations } from './review.ts'

export const paymentOperations: readonly AnyOperation[] = [...optionOperations, ...orderOperations, ...reviewOperations]
