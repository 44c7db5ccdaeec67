import { createPrivateKey, type KeyObject } from 'node:crypto'
import { isObject, parseJson, type JsonValue } from '../../core/json.ts'

/** What a provider's key may be. */
export type Credentials =
  /** A key of express mode, or of the Gemini API. */
  | { readonly kind: 'api-key'; readonly apiKey: string }
  /** A token that somebody else keeps fresh. */
  | { readonly kind: 'access-token'; readonly token: string }
  | ServiceAccount
  | AuthorizedUser

/** The key file of a service account. */
export type ServiceAccount = {
  readonly kind: 'service-account'
  readonly email: string
  readonly privateKey: KeyObject
  readonly privateKeyId: string | undefined
  readonly tokenUri: string
}

/** What `gcloud auth application-default login` writes. */
export type AuthorizedUser = {
  readonly kind: 'authorized-user'
  readonly clientId: string
  readonly clientSecret: string
  readonly refreshToken: string
  readonly tokenUri: string
}

export type CredentialsRead = Credentials | { readonly kind: 'refused'; readonly why: string }

const usualTokenUri = 'https://oauth2.googleapis.com/token'

/** Reads a provider's key. `why` never holds a part of it. */
export function readCredentials(key: string): CredentialsRead {
  const text = key.trim()
  if (text.startsWith('{')) return readKeyFile(parseJson(text))
  if (!/^[\x21-\x7e]+$/.test(text)) return refused('its key holds characters that cannot be sent')
  return text.startsWith('ya29.') ? { kind: 'access-token', token: text } : { kind: 'api-key', apiKey: text }
}

const refused = (why: string): CredentialsRead => ({ kind: 'refused', why })

function readKeyFile(file: JsonValue | undefined): CredentialsRead {
  if (!isObject(file)) return refused('its key begins as a key file and is no JSON object')
  const text = (name: string): string => {
    const value = file[name]
    return typeof value === 'string' ? value : ''
  }
  const tokenUri = text('token_uri') || usualTokenUri
  switch (file['type']) {
    case 'service_account':
      return readServiceAccount(text, tokenUri)
    case 'authorized_user': {
      const [clientId, clientSecret, refreshToken] = [text('client_id'), text('client_secret'), text('refresh_token')]
      if (clientId === '' || clientSecret === '' || refreshToken === '')
        return refused('its key file lacks client_id, client_secret or refresh_token')
      return { kind: 'authorized-user', clientId, clientSecret, refreshToken, tokenUri }
    }
    default:
      return refused('its key file is neither of a service account nor of an authorized user')
  }
}

function readServiceAccount(text: (name: string) => string, tokenUri: string): CredentialsRead {
  const email = text('client_email')
  const privateKey = readPrivateKey(text('private_key'))
  if (email === '' || !privateKey) return refused('its key file lacks client_email or a private_key that is one')
  const privateKeyId = text('private_key_id') || undefined
  return { kind: 'service-account', email, privateKey, privateKeyId, tokenUri }
}

function readPrivateKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key : undefined
  } catch {
    return undefined
  }
}
