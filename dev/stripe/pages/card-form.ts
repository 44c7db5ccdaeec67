import { cardByNumber, testCards } from '../cards.ts'
import type { CardGiven } from '../objects/payment-methods.ts'
import { html, type Html } from './html.ts'

/** What a person wrote into the fields of a card. */
export type CardFields = {
  readonly number: string
  readonly expiry: string
  readonly cvc: string
  readonly name: string
  readonly country: string
}

export type CardProblems = { readonly [Field in keyof CardFields]?: string }

const countries: Readonly<Record<string, string>> = {
  US: 'United States',
  DE: 'Germany',
  FR: 'France',
  GB: 'United Kingdom',
  IE: 'Ireland',
  NL: 'Netherlands',
  CH: 'Switzerland',
}

export const emptyCard: CardFields = { number: '', expiry: '', cvc: '', name: '', country: 'US' }

/** A card of Stripe's list, with whatever else a form wants to be filled in. */
export const filledCard = (number: string, nowMs: number): CardFields => ({
  number: grouped(number),
  expiry: `12 / ${String((new Date(nowMs).getUTCFullYear() + 2) % 100)}`,
  cvc: number.length === 15 ? '1234' : '123',
  name: 'Test Payer',
  country: 'US',
})

const grouped = (number: string): string => number.replaceAll(/(\d{4})(?=\d)/g, '$1 ')

export const fieldsOf = (form: URLSearchParams): CardFields => ({
  number: form.get('number') ?? '',
  expiry: form.get('expiry') ?? '',
  cvc: form.get('cvc') ?? '',
  name: form.get('name') ?? '',
  country: form.get('country') ?? 'US',
})

type Read =
  | { readonly kind: 'card'; readonly paidWith: Omit<CardGiven, 'billing'> }
  | { readonly kind: 'wrong'; readonly problems: CardProblems }

/** The card that was meant, or what is wrong with the fields, each in words. */
export function readCard(fields: CardFields, nowMs: number): Read {
  const digits = fields.number.replaceAll(/[\s-]/g, '')
  const card = cardByNumber(digits)
  const expiry = /^\s*(\d{1,2})\s*\/?\s*(?:20)?(\d{2})\s*$/.exec(fields.expiry)
  const month = Number(expiry?.[1] ?? 0)
  const year = 2_000 + Number(expiry?.[2] ?? 0)
  const isPast = Date.UTC(year, month, 1) <= nowMs
  const cvcLength = digits.length === 15 ? 4 : 3
  const problems: CardProblems = {
    ...(!card && {
      number:
        digits === ''
          ? 'Enter a card number.'
          : 'This is not one of the test cards. Choose one from the list below; never enter a real card here.',
    }),
    ...(!expiry || month < 1 || month > 12
      ? { expiry: 'Enter month and year, such as 12 / 34.' }
      : isPast && { expiry: "Your card's expiration date is in the past." }),
    ...(!new RegExp(`^\\d{${cvcLength}}$`).test(fields.cvc.trim()) && { cvc: `Enter any ${cvcLength} digits.` }),
    ...(fields.name.trim() === '' && { name: 'Enter the name on the card.' }),
    ...(!Object.hasOwn(countries, fields.country) && { country: 'Choose a country.' }),
  }
  if (!card || Object.keys(problems).length > 0) return { kind: 'wrong', problems }
  return { kind: 'card', paidWith: { card, expMonth: month, expYear: year } }
}

export function cardFields(fields: CardFields, problems: CardProblems): Html {
  return html` ${field({ name: 'number', label: 'Card number', value: fields.number, problem: problems.number, more: 'inputmode="numeric" autocomplete="off" placeholder="4242 4242 4242 4242" maxlength="23"' })}
    <div class="two">
      ${field({ name: 'expiry', label: 'Expiry (MM / YY)', value: fields.expiry, problem: problems.expiry, more: 'inputmode="numeric" autocomplete="off" placeholder="12 / 34" maxlength="9"' })}
      ${field({ name: 'cvc', label: 'CVC', value: fields.cvc, problem: problems.cvc, more: 'inputmode="numeric" autocomplete="off" placeholder="123" maxlength="4"' })}
    </div>
    ${field({ name: 'name', label: 'Name on card', value: fields.name, problem: problems.name, more: 'autocomplete="off" maxlength="100"' })}
    <div class="field">
      <label for="country">Country</label>
      <select id="country" name="country">
        ${Object.entries(countries).map(([code, words]) => html`<option value="${code}" ${code === fields.country && { html: ' selected' }}>${words}</option>`)}
      </select>
    </div>`
}

type FieldShown = {
  readonly name: string
  readonly label: string
  readonly value: string
  readonly problem: string | undefined
  /** Attributes of ours, never of a request's. */
  readonly more: string
}

export const field = ({ name, label, value, problem, more }: FieldShown): Html =>
  html` <div class="field">
    <label for="${name}">${label}</label>
    <input
      id="${name}"
      name="${name}"
      value="${value}"
      ${{ html: more }}${problem !== undefined && html` aria-invalid="true" aria-describedby="${name}-problem"`}
    />
    ${problem !== undefined && html`<p class="problem" id="${name}-problem">${problem}</p>`}
  </div>`

/** Stripe's test cards: each fills in the form, without a script. */
export const cardList = (path: string): Html =>
  html` <details>
    <summary>Test cards</summary>
    <ul class="cards">
      ${testCards.map(
        ({ number, words }) =>
          html`<li>
            <a href="${path}?card=${number}"><b>${grouped(number)}</b>${words}</a>
          </li>`,
      )}
    </ul>
  </details>`
