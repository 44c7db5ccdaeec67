import { searchShape, text } from '../../lib/search.ts'

export const pricesSearch = searchShape({ model: text, offer: text })
