/** One mailbox under many names: what stands behind `+` is the same person's. */
export function mailboxOf(email: string): string {
  const at = email.lastIndexOf('@')
  return email.slice(0, at).replace(/\+.*$/, '') + email.slice(at)
}

/** What to call somebody of whom only the address is known. */
export const nameOfMailbox = (email: string): string => mailboxOf(email).split('@')[0] || email
