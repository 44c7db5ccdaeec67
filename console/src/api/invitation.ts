/** The invitation that brought somebody here, kept for this tab while they sign in. */
const key = 'redpill.invitation'

export const keepInvitation = (token: string): void => sessionStorage.setItem(key, token)
export const keptInvitation = (): string | undefined => sessionStorage.getItem(key) ?? undefined
export const forgetInvitation = (): void => sessionStorage.removeItem(key)
