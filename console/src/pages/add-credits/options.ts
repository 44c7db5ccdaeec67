import type { AnswerOf } from '../../api/client.ts'

/** Ways to pay that this server has, with what they cost. */
export type Options = AnswerOf<'GET /api/v1/payments/options'>['data']
export type ChainOption = Options['crypto']['chains'][number]
export type TokenOption = ChainOption['tokens'][number]
