import { equal } from 'node:assert/strict'
import { test } from 'node:test'
import { addressKind, isPrivateAddress } from './index.ts'

const list = (...lines: string[]) => lines.flatMap((line) => line.split(' '))

const examples = {
  public: list('8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::808:808'),
  private: list(
    '127.0.0.1 127.255.255.254 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 100.64.0.1',
    '::1 fd00::1 fc00::1 ::ffff:127.0.0.1 ::ffff:7f00:1 64:ff9b::7f00:1 64:ff9b::10.0.0.1 ::127.0.0.1',
  ),
  unusable: list(
    '169.254.169.254 169.254.0.1 0.0.0.0 0.1.2.3 224.0.0.1 255.255.255.255 240.0.0.1',
    '192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.1 203.0.113.1 192.88.99.1',
    ':: fe80::1 fe80::1%eth0 ff02::1 2002:7f00:1:: 2001::1 2001:db8::1 100::1 fec0::1 3fff::1 4000::1',
    '::ffff:169.254.169.254 64:ff9b::a9fe:a9fe 64:ff9b:1::808:808',
    '2130706433 0x7f000001 0177.0.0.1 127.1 127.0.0.1. localhost [::1] 1.2.3.4:80',
  ),
}

for (const [kind, addresses] of Object.entries(examples)) {
  test(`every kind of ${kind} address is known`, () => {
    for (const address of addresses) equal(addressKind(address), kind, address)
  })
}

test('only public addresses are not private', () => {
  for (const address of examples.public) equal(isPrivateAddress(address), false, address)
  for (const address of [...examples.private, ...examples.unusable]) equal(isPrivateAddress(address), true, address)
})
