/** Passkeys by the browser's own JSON forms (WebAuthn Level 3, §5.1.8 to §5.1.10). */

/** What the server asks; its shape is the browser's affair. */
export type PasskeyQuestion = { readonly challenge: string }

/** What the device answered; `refused`: the person said no, or there is no passkey for this site. */
export type PasskeyOutcome<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'refused'; readonly why: string }

type Answered<Kind extends 'assertion' | 'attestation'> = {
  readonly id: string
  readonly rawId: string
  readonly type: 'public-key'
  readonly response: { readonly clientDataJSON: string } & (Kind extends 'assertion'
    ? { readonly authenticatorData: string }
    : { readonly attestationObject: string })
}

/** Why this browser has no passkeys; undefined where it has. */
export const whyNoPasskeys = (): string | undefined =>
  'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in PublicKeyCredential
    ? undefined
    : 'This browser does not know passkeys, or is too old for them.'

/** Has the device sign with one of the passkeys that it holds for this site. */
export const signWithPasskey = (question: PasskeyQuestion): Promise<PasskeyOutcome<Answered<'assertion'>>> =>
  outcomeOf(() => {
    const json = question as unknown as PublicKeyCredentialRequestOptionsJSON
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(json) })
  })

/** Has the device make a new passkey. */
export const makePasskey = (question: PasskeyQuestion): Promise<PasskeyOutcome<Answered<'attestation'>>> =>
  outcomeOf(() => {
    const json = question as unknown as PublicKeyCredentialCreationOptionsJSON
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(json) })
  })

async function outcomeOf<Answer>(ask: () => Promise<Credential | null>): Promise<PasskeyOutcome<Answer>> {
  try {
    const credential = await ask()
    if (credential instanceof PublicKeyCredential)
      return { kind: 'answered', answer: credential.toJSON() as unknown as Answer }
    return { kind: 'refused', why: 'No passkey was given.' }
  } catch (error) {
    return { kind: 'refused', why: reasonOf(error) }
  }
}

function reasonOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : ''
  switch (name) {
    case 'NotAllowedError':
      return 'Nothing was signed: it was cancelled, it took too long, or this device has no passkey for this site.'
    case 'InvalidStateError':
      return 'This device has a passkey of yours already.'
    case 'SecurityError':
      return `Passkeys belong to a name and to https: ${window.location.host} is not one they work under.`
    default:
      return error instanceof Error ? `The browser could not use a passkey: ${error.message}` : 'The browser failed.'
  }
}
