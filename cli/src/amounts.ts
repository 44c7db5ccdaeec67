/** Amounts are decimal texts from end to end: they are never turned into numbers, which would round them. */

const decimalPattern = /^(-?)(\d+)(?:\.(\d+))?$/

/** `1234567.5` as `1,234,567.5`; what is no plain decimal stays as it is. */
export function grouped(decimal: string): string {
  const [, sign = '', whole, fraction] = decimalPattern.exec(decimal) ?? []
  if (whole === undefined) return decimal
  return sign + whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ',') + (fraction === undefined ? '' : `.${fraction}`)
}

/** A price per unit as one per million units: the point moves six places. */
export function perMillion(decimal: string): string {
  const [, sign = '', whole, fraction = ''] = decimalPattern.exec(decimal) ?? []
  if (whole === undefined) return decimal
  const places = 6
  const moved = (whole + fraction.slice(0, places).padEnd(places, '0')).replace(/^0+(?=\d)/, '')
  const rest = fraction.slice(places).replace(/0+$/, '')
  return sign + moved + (rest === '' ? '' : `.${rest}`)
}

/** Whether the text is an amount that is zero. */
export const isZero = (decimal: string): boolean => /^-?0+(?:\.0+)?$/.test(decimal)

/** Whether the text is a plain decimal that is not negative, such as `1000` or `0.002`. */
export const isAmount = (text: string): boolean => decimalPattern.exec(text)?.[1] === ''
