import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import { type Address, getAddress, type Hex, isAddress, isHex, zeroAddress } from 'viem'
import { Refusal } from './refusal.ts'

/** What was written behind a command; what it does not know is a refusal. */
export function parse<Options extends ParseArgsOptionsConfig>(args: readonly string[], options: Options) {
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    throw new Refusal(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

export function readUrl(name: string, given: string | undefined): string {
  if (given === undefined || !URL.canParse(given)) throw new Refusal(`--${name} must be the URL of a node`)
  return given
}

/** Mixed case must have the right checksum; the zero address is nobody. */
export function readAddress(name: string, given: string | undefined): Address {
  if (given === undefined || !isAddress(given) || given === zeroAddress)
    throw new Refusal(`--${name} must be an address; one of mixed case must have the right checksum`)
  return getAddress(given)
}

export function readNumber(name: string, given: string | undefined, usual: number | undefined, max: number): number {
  const number = given === undefined ? usual : Number(given)
  if (number === undefined || !Number.isInteger(number) || number < 0 || number > max)
    throw new Refusal(`--${name} must be a whole number of at most ${max}`)
  return number
}

/** A key from the environment. */
export function readKey(name: string, key: string | undefined): Hex | undefined {
  if (key === undefined || key === '') return undefined
  if (!isHex(key) || key.length !== 66) throw new Refusal(`${name} must be 0x and 64 hexadecimal digits`)
  return key
}
