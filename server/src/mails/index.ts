/** Mails to those who look after an account's money: what they are told, once each, and who does not want it. */
export {
  deliverMails,
  type MailDelivery,
  type MailNews,
  type MailTools,
  mailWishesOf,
  purgeMails,
  setMailWish,
  tellByMail,
} from './mails.ts'
export { type MailKind, mailKinds } from './types.ts'
