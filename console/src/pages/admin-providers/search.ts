import { flag, searchShape, text } from '../../lib/search.ts'

export const providersSearch = searchShape({ provider: text, add: flag })
