import { generateKeyPairSync, type KeyObject } from 'node:crypto'

/** The key file of a service account made up for a test, and the key that its signatures are checked with. */
export function makeKeyFile(tokenUri: string): { readonly text: string; readonly publicKey: KeyObject } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const file = {
    type: 'service_account',
    project_id: 'my-project',
    private_key_id: 'key-1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'redpill@my-project.iam.gserviceaccount.com',
    token_uri: tokenUri,
  }
  return { text: JSON.stringify(file, null, 2), publicKey }
}
