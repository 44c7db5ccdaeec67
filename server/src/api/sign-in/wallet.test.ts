import { deepEqual, equal, match, notEqual } from 'node:assert/strict'
import { after, test } from 'node:test'
import { concat, getContractAddress, type Hex, serializeErc6492Signature, zeroHash } from 'viem'
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts'
import { create2Deployer, startAnvil, walletCreation } from '../../../test/support/anvil.ts'
import { openApi } from '../index.ts'
import { openBrowser, type TestBrowser } from '../test/browser.ts'
import { openTestApi } from '../test/harness.ts'

const api = await openTestApi({ after })
const chain = await startAnvil({ after })
const otherChain = await startAnvil({ after }, { chainId: 31_338 })
const chains = new Map([
  [chain.chainId, chain.url],
  [otherChain.chainId, otherChain.url],
  [999, chain.url],
  [998, 'http://127.0.0.1:1'],
])
const app = openApi({ ...api.options, signIn: { ...api.options.signIn, chains } })
const open = () => openBrowser((request) => app.request(request))
const newKey = () => privateKeyToAccount(generatePrivateKey())

async function ask(
  browser: TestBrowser,
  address: Hex,
  chain_id = 1,
  path = '/api/v1/sign-in/wallet/message',
): Promise<string> {
  const reply = await browser.ask('POST', path, { body: { address, chain_id } })
  equal(reply.status, 200, JSON.stringify(reply.body))
  return reply.textAt('data.message')
}

const verify = (browser: TestBrowser, message: string, signature: string, path = '/api/v1/sign-in/wallet/verify') =>
  browser.ask('POST', path, { body: { message, signature } })

const refused = async (reply: ReturnType<typeof verify>, why = '') => {
  const { status, at } = await reply
  deepEqual([status, at('error.metadata.reason')], [403, 'wrong_wallet'], why)
}

/** Signs in with a wallet; gives whose it is. */
async function enter(address: Hex, sign: (message: string) => Promise<Hex>, chainId = 1): Promise<string> {
  const browser = open()
  const message = await ask(browser, address, chainId)
  const reply = await verify(browser, message, await sign(message))
  equal(reply.status, 200, JSON.stringify(reply.body))
  return (await browser.enter()).textAt('data.person.id')
}

test('the message says for which site, chain, address and time it is, and what signing does', async () => {
  const { address } = newKey()
  const message = await ask(open(), address.toLowerCase() as Hex, 8453)
  const lines = message.split('\n')
  equal(lines[0], 'localhost:8787 wants you to sign in with your Ethereum account:')
  equal(lines[1], address, 'with its checksum')
  match(message, /^Sign in to RedPill\.$/m)
  match(message, /^URI: http:\/\/localhost:8787$/m)
  match(message, /^Chain ID: 8453$/m)
  match(message, /^Nonce: [0-9a-f]{32}$/m)
  match(message, /^Expiration Time: /m)
})

test('a key signs in on whatever chain its wallet is, and is one person on all of them', async () => {
  const key = newKey()
  const sign = (message: string) => key.signMessage({ message })
  const first = await enter(key.address, sign, 1)
  equal(await enter(key.address, sign, 8453), first)
  equal(await enter(key.address, sign, chain.chainId), first, 'also where a node could be asked')
})

test('a signature is good once', async () => {
  const key = newKey()
  const browser = open()
  const message = await ask(browser, key.address)
  const signature = await key.signMessage({ message })
  const replies = await Promise.all(Array.from({ length: 10 }, () => verify(browser, message, signature)))
  equal(replies.filter(({ status }) => status === 200).length, 1)
  await refused(verify(browser, message, signature))
})

test('a message of another site, chain, address, time or nonce is refused, though rightly signed', async () => {
  const key = newKey()
  const changes: [RegExp, string][] = [
    [/^localhost:8787/, 'evil.example'],
    [/URI: .*/, 'URI: https://evil.example'],
    [/Chain ID: 1/, 'Chain ID: 5'],
    [/0x[0-9a-fA-F]{40}/, newKey().address],
    [/Expiration Time: 20/, 'Expiration Time: 21'],
    [/Nonce: ..../, 'Nonce: 0000'],
    [/Sign in to RedPill/, 'Sign in to RedPill and send all'],
    [/$/, '\n'],
  ]
  for (const [what, other] of changes) {
    const browser = open()
    const message = (await ask(browser, key.address)).replace(what, other)
    await refused(verify(browser, message, await key.signMessage({ message })), String(what))
  }
})

test('somebody else’s signature, none and nonsense are refused', async () => {
  const [key, other] = [newKey(), newKey()]
  for (const sign of [
    (message: string) => other.signMessage({ message }),
    (message: string) => key.signMessage({ message: `${message} ` }),
    () => Promise.resolve<Hex>(`0x${'00'.repeat(65)}`),
    () => Promise.resolve<Hex>(`0x${'ff'.repeat(65)}`),
    () => Promise.resolve('0x' as Hex),
    () => Promise.resolve('nonsense' as Hex),
  ]) {
    const browser = open()
    const message = await ask(browser, key.address, chain.chainId)
    await refused(verify(browser, message, await sign(message)))
  }
})

test('a message is answered in the browser that asked for it', async () => {
  const key = newKey()
  const victim = open()
  const message = await ask(victim, key.address)
  const signature = await key.signMessage({ message })
  const thief = open()
  await ask(thief, key.address)
  await refused(verify(thief, message, signature))
  equal((await verify(victim, message, signature)).status, 200)
})

test('a wallet that is a contract signs in on its chain, by what the contract says (ERC-1271)', async () => {
  const owner = newKey()
  const address = await chain.deploy(walletCreation(owner.address))
  const sign = (message: string) => owner.signMessage({ message })
  const person = await enter(address, sign, chain.chainId)
  equal(await enter(address, sign, chain.chainId), person)
  notEqual(await enter(owner.address, sign, chain.chainId), person, 'its owner is somebody else')
  const browser = open()
  const message = await ask(browser, address, chain.chainId)
  await refused(verify(browser, message, await newKey().signMessage({ message })), 'not the owner')
})

test('the contract at the same address of another chain is another wallet', async () => {
  const [mine, theirs] = [newKey(), newKey()]
  const address = await chain.deploy(walletCreation(mine.address))
  const person = await enter(address, (message) => mine.signMessage({ message }), chain.chainId)
  const code = await otherChain.deploy(walletCreation(theirs.address))
  const runtime = await otherChain.call('eth_getCode', [code, 'latest'])
  await otherChain.call('anvil_setCode', [address, runtime])
  const other = await enter(address, (message) => theirs.signMessage({ message }), otherChain.chainId)
  notEqual(other, person)
  const browser = open()
  const message = await ask(browser, address, chain.chainId)
  await refused(verify(browser, message, await theirs.signMessage({ message })))
})

test('a wallet that is a contract signs in before it is deployed (ERC-6492)', async () => {
  const owner = newKey()
  const creation = walletCreation(owner.address)
  const address = getContractAddress({ opcode: 'CREATE2', from: create2Deployer, bytecode: creation, salt: zeroHash })
  const wrap = (signature: Hex) =>
    serializeErc6492Signature({ address: create2Deployer, data: concat([zeroHash, creation]), signature })
  const person = await enter(address, async (message) => wrap(await owner.signMessage({ message })), chain.chainId)
  equal(await chain.call('eth_getCode', [address, 'latest']), '0x', 'asking deployed nothing')
  const browser = open()
  const message = await ask(browser, address, chain.chainId)
  await refused(verify(browser, message, wrap(await newKey().signMessage({ message }))), 'not the owner')
  const someoneElse = newKey().address
  const about = await ask(browser, someoneElse, chain.chainId)
  await refused(verify(browser, about, wrap(await owner.signMessage({ message: about }))), 'not at that address')
  await chain.call('eth_sendTransaction', [
    {
      from: ((await chain.call('eth_accounts', [])) as Hex[])[0],
      to: create2Deployer,
      data: concat([zeroHash, creation]),
      gas: '0x100000',
    },
  ])
  equal(
    await enter(address, (text) => owner.signMessage({ message: text }), chain.chainId),
    person,
    'once deployed, the same',
  )
})

test('where there is no node for a chain, or it cannot be believed, it is said plainly', async () => {
  const owner = newKey()
  const address = await chain.deploy(walletCreation(owner.address))
  const at = async (chainId: number) => {
    const browser = open()
    const message = await ask(browser, address, chainId)
    return verify(browser, message, await owner.signMessage({ message }))
  }
  const without = await at(1)
  deepEqual([without.status, without.at('error.metadata')], [403, { reason: 'no_node', chain_id: 1 }])
  match(without.textAt('error.message'), /cannot be checked on chain 1 here/)
  for (const chainId of [998, 999]) {
    const browser = openBrowser((request) =>
      openApi({ ...api.options, onFault: () => {}, signIn: { ...api.options.signIn, chains } }).request(request),
    )
    const message = await ask(browser, address, chainId)
    const reply = await verify(browser, message, await owner.signMessage({ message }))
    deepEqual([reply.status, reply.at('error.metadata.reason')], [502, 'node_unreachable'], String(chainId))
  }
})

test('a wallet becomes a way in of whoever is signed in and signs just that; it joins nobody else', async () => {
  const [first, second] = [newKey(), newKey()]
  const browser = open()
  const message = await ask(browser, first.address)
  await verify(browser, message, await first.signMessage({ message }))
  const person = (await browser.enter()).textAt('data.person.id')
  const signIn = await ask(browser, second.address)
  const linkPath = '/api/v1/identities/wallet'
  await refused(
    verify(browser, signIn, await second.signMessage({ message: signIn }), linkPath),
    'a sign-in links nothing',
  )
  const link = await ask(browser, second.address, 1, `${linkPath}/message`)
  match(link, /^Make this wallet a way in to my RedPill account\.$/m)
  const signature = await second.signMessage({ message: link })
  await refused(verify(browser, link, signature), 'a link signs nobody in')
  const again = await ask(browser, second.address, 1, `${linkPath}/message`)
  const linked = await verify(browser, again, await second.signMessage({ message: again }), linkPath)
  equal(linked.at('data.name'), second.address)
  equal(await enter(second.address, (text) => second.signMessage({ message: text })), person)
  const stranger = newKey()
  const other = open()
  const hello = await ask(other, stranger.address)
  await verify(other, hello, await stranger.signMessage({ message: hello }))
  await other.enter()
  const taking = await ask(other, second.address, 1, `${linkPath}/message`)
  equal((await verify(other, taking, await second.signMessage({ message: taking }), linkPath)).status, 409)
})

test('what is no address is refused', async () => {
  for (const address of ['', '0x', 'vitalik.eth', `0x${'g'.repeat(40)}`, `0x${'a'.repeat(41)}`]) {
    const reply = await open().ask('POST', '/api/v1/sign-in/wallet/message', { body: { address, chain_id: 1 } })
    equal(reply.status, 400, address)
  }
  const { address } = newKey()
  for (const chain_id of [0, -1, 1.5, '1']) {
    equal((await open().ask('POST', '/api/v1/sign-in/wallet/message', { body: { address, chain_id } })).status, 400)
  }
})
