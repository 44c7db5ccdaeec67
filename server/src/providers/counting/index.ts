export { openTokenCounter, type TokenCounter } from './counter.ts'
