const brands: Readonly<Record<string, string>> = {
  visa: 'Visa',
  mastercard: 'Mastercard',
  amex: 'American Express',
  discover: 'Discover',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
}

/** '07/2029'. */
export const expiryOf = ({ exp_month: month, exp_year: year }: { exp_month: number; exp_year: number }): string =>
  `${String(month).padStart(2, '0')}/${year}`

/** 'Visa ending in 4242'. */
export const cardName = ({ brand, last4 }: { readonly brand: string; readonly last4: string }): string =>
  `${brands[brand] ?? 'Card'} ending in ${last4}`
