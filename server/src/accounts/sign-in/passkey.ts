/** Passkeys: discoverable credentials of WebAuthn Level 3. The library checks signatures; what it may not know is here. */
import { isIP } from 'node:net'
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { isObject, parseJson } from '../../core/json.ts'
import type { Uuid } from '../../core/ids.ts'
import { answered, ask } from './challenges.ts'
import type { Proof } from './enter.ts'
import { findPasskeyRow, insertPasskey, listPasskeyRows, raiseCounter } from './store/passkeys.ts'
import type { SignInTools } from './types.ts'

export type PasskeyQuestion = PublicKeyCredentialRequestOptionsJSON
export type PasskeyAnswer = AuthenticationResponseJSON
export type NewPasskeyQuestion = PublicKeyCredentialCreationOptionsJSON
export type NewPasskeyAnswer = RegistrationResponseJSON

const challengeBytes = 32
/** EdDSA, ES256 and RS256 (RFC 9053, 8812). */
const algorithms = [-8, -7, -257]

/** Why there can be no passkeys under an origin; `undefined` where there can. */
export function whyNoPasskeys(origin: string): string | undefined {
  const { protocol, hostname } = new URL(origin)
  const isLocal = hostname === 'localhost' || hostname.endsWith('.localhost')
  if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0) {
    return `Passkeys belong to a name, and ${hostname} is an address: open ${protocol}//localhost on this machine, or the name of the server.`
  }
  return protocol === 'https:' || isLocal ? undefined : 'Passkeys need https, except on localhost.'
}

/** Asks for a passkey that the browser has for this origin. */
export async function askForPasskey(
  tools: SignInTools,
  { origin, browser }: { readonly origin: string; readonly browser: string },
): Promise<PasskeyQuestion> {
  const { generateAuthenticationOptions } = await import('@simplewebauthn/server')
  const options = await generateAuthenticationOptions({
    ...{ rpID: new URL(origin).hostname, challenge: newChallenge(tools), userVerification: 'required' },
    allowCredentials: [],
  })
  await ask(tools, { kind: 'passkey', secret: options.challenge, browser })
  return options
}

type Answering<Answer> = {
  readonly answer: Answer
  readonly origin: string
  readonly browser: string | undefined
}

/** Whose passkey answered; `undefined` when the answer is not good, whatever the reason. */
export async function judgePasskey(
  tools: SignInTools,
  { answer, origin, browser }: Answering<PasskeyAnswer>,
): Promise<{ readonly subject: string } | undefined> {
  const challenge = challengeIn(answer)
  const asked = await answered<object>(tools, { kind: 'passkey', secret: challenge, browser })
  const passkey = asked && (await findPasskeyRow(tools.db, answer.id))
  if (!passkey) return undefined
  const { verifyAuthenticationResponse } = await import('@simplewebauthn/server')
  const verified = await verifyAuthenticationResponse({
    ...{ response: answer, expectedChallenge: challenge, expectedOrigin: origin },
    expectedRPID: new URL(origin).hostname,
    credential: {
      id: answer.id,
      publicKey: new Uint8Array(passkey.public_key),
      counter: Number(passkey.counter),
    },
    requireUserVerification: true,
  }).catch(() => undefined)
  if (!verified?.verified) return undefined
  const { newCounter, credentialBackedUp: backedUp } = verified.authenticationInfo
  const raised = await raiseCounter(tools.db, passkey.identity_id, { counter: BigInt(newCounter), backedUp })
  return raised ? { subject: answer.id } : undefined
}

export type NewPasskeyFor = {
  readonly origin: string
  readonly browser: string
  /** What authenticators show. */
  readonly name: string
  /** Who gets it; absent: somebody new. */
  readonly personId?: Uuid | undefined
}

/** Asks a browser to make a passkey, on an authenticator that has none of the person yet. */
export async function askForNewPasskey(
  tools: SignInTools,
  { origin, browser, name, personId }: NewPasskeyFor,
): Promise<NewPasskeyQuestion> {
  const { generateRegistrationOptions } = await import('@simplewebauthn/server')
  const theirs = personId === undefined ? [] : await listPasskeyRows(tools.db, personId)
  const futureId = personId ?? tools.makeId()
  const options = await generateRegistrationOptions({
    ...{ rpName: 'RedPill', rpID: new URL(origin).hostname, challenge: newChallenge(tools), attestationType: 'none' },
    ...{
      userName: name,
      userDisplayName: name,
      userID: new Uint8Array(Buffer.from(futureId.replaceAll('-', ''), 'hex')),
    },
    excludeCredentials: theirs.map(({ subject, transports }) => ({ id: subject, transports })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
  const question = { kind: 'passkey-new', secret: options.challenge, browser, personId } as const
  await ask(tools, question, { personId: futureId, name } satisfies Kept)
  return options
}

type Kept = { readonly personId: Uuid; readonly name: string }

/** A passkey that was just made, as a proof; `undefined` when the answer is not good. */
export async function judgeNewPasskey(
  tools: SignInTools,
  {
    answer,
    origin,
    browser,
    name,
    personId,
  }: Answering<NewPasskeyAnswer> & { readonly name?: string | undefined; readonly personId?: Uuid | undefined },
): Promise<Proof | undefined> {
  const challenge = challengeIn(answer)
  const kept = await answered<Kept>(tools, { kind: 'passkey-new', secret: challenge, browser, personId })
  if (!kept) return undefined
  const { verifyRegistrationResponse } = await import('@simplewebauthn/server')
  const verified = await verifyRegistrationResponse({
    ...{ response: answer, expectedChallenge: challenge, expectedOrigin: origin },
    ...{ expectedRPID: new URL(origin).hostname, requireUserVerification: true, supportedAlgorithmIDs: algorithms },
  }).catch(() => undefined)
  if (!verified?.verified) return undefined
  const { credential, credentialBackedUp } = verified.registrationInfo
  return {
    ...{ kind: 'passkey', subject: credential.id, name: name ?? 'Passkey' },
    ...{ personName: kept.name, personId: kept.personId },
    keep: (db, identityId) =>
      insertPasskey(db, {
        ...{ identity_id: identityId, public_key: Buffer.from(credential.publicKey) },
        ...{
          counter: BigInt(credential.counter),
          transports: credential.transports ?? [],
          backed_up: credentialBackedUp,
        },
      }),
  }
}

const newChallenge = ({ chance }: Pick<SignInTools, 'chance'>) => new Uint8Array(chance.bytes(challengeBytes))

/** What an answer says it answers; '' when it says nothing that can be read. */
function challengeIn({ response }: PasskeyAnswer | NewPasskeyAnswer): string {
  const client = parseJson(Buffer.from(response.clientDataJSON, 'base64url').toString('utf8'))
  const challenge = client !== undefined && isObject(client) ? client['challenge'] : undefined
  return typeof challenge === 'string' ? challenge : ''
}
