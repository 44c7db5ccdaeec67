import type { Page } from 'playwright-core'

/**
 * A device of the browser that keeps passkeys and whose owner always agrees (Chrome DevTools Protocol, WebAuthn domain).
 * Returns how many it holds.
 */
export async function addPasskeyDevice(page: Page): Promise<{ readonly count: () => Promise<number> }> {
  const session = await page.context().newCDPSession(page)
  await session.send('WebAuthn.enable')
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  return {
    async count() {
      const { credentials } = await session.send('WebAuthn.getCredentials', { authenticatorId })
      return credentials.length
    },
  }
}
