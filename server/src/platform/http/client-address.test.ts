import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { clientAddress, isNetwork, openNetworks } from './index.ts'

const proxies = openNetworks(['10.0.0.0/8', '::1', '2001:db8:1::/48'])

test('networks hold their addresses, in either spelling, and no others', () => {
  const networks = openNetworks(['203.0.113.7', '10.0.0.0/8', '2001:db8::/32'])
  const within = ['203.0.113.7', '10.255.0.1', '::ffff:10.1.2.3', '2001:db8:ffff::1', '2001:0db8::0001']
  for (const address of within) equal(networks.has(address), true, address)
  const outside = ['203.0.113.8', '11.0.0.1', '2001:db9::1', '::1', '', 'localhost', '010.0.0.1', '10.1']
  for (const address of outside) equal(networks.has(address), false, address)
})

test('only addresses and networks are taken for such', () => {
  for (const text of ['1.2.3.4', '0.0.0.0/0', '::/0', 'fe80::/10', '1.2.3.4/32']) equal(isNetwork(text), true, text)
  for (const text of ['1.2.3', '1.2.3.4/33', '::/129', '1.2.3.4/', '/8', '*', 'example.com', '1.2.3.4/8/8', ' 1.2.3.4'])
    equal(isNetwork(text), false, text)
})

test('a caller is whoever connected, unless that is a trusted proxy: then the last address that is not one', () => {
  equal(clientAddress('203.0.113.9', '1.1.1.1', proxies), '203.0.113.9')
  equal(clientAddress('10.0.0.1', undefined, proxies), '10.0.0.1')
  equal(clientAddress('::ffff:10.0.0.1', '1.1.1.1', proxies), '1.1.1.1')
  equal(clientAddress('10.0.0.1', '6.6.6.6, 1.1.1.1, 10.2.0.1', proxies), '1.1.1.1', 'what stands before is anybody’s')
  equal(clientAddress('10.0.0.1', '10.3.0.1,10.2.0.1', proxies), '10.3.0.1', 'a call of our own network')
  equal(clientAddress('10.0.0.1', '1.1.1.1:8080', proxies), '1.1.1.1')
  equal(clientAddress('::1', '[2001:db8:2::1]:443', proxies), '2001:db8:2::1')
  equal(clientAddress('10.0.0.1', '1.1.1.1, garbage', proxies), '10.0.0.1')
})

test('whatever a stranger writes into the header, its address stays the one that the proxy saw', () => {
  fc.assert(
    fc.property(fc.string(), fc.ipV4(), (written, seen) => {
      fc.pre(!proxies.has(seen))
      equal(clientAddress('10.0.0.1', `${written}, ${seen}`, proxies), seen)
      equal(clientAddress(seen, written, proxies), seen)
    }),
  )
})
