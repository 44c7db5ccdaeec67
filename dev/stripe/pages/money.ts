const symbols: Readonly<Record<string, string>> = { usd: '$', eur: '€', gbp: '£' }

/** `$1,234.50`: whole cents in, no arithmetic with fractions. */
export function money(amount: number, currency: string): string {
  const digits = String(Math.abs(amount)).padStart(3, '0')
  const whole = digits.slice(0, -2).replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${amount < 0 ? '−' : ''}${symbols[currency] ?? `${currency.toUpperCase()} `}${whole}.${digits.slice(-2)}`
}

/** `28 Nov 2026`, of Unix seconds, in UTC. */
export const day = (seconds: number): string =>
  new Date(seconds * 1_000).toLocaleDateString('en-GB', {
    ...{ day: 'numeric', month: 'short', year: 'numeric' },
    timeZone: 'UTC',
  })
