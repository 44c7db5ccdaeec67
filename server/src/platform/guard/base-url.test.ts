import { deepEqual, equal, match } from 'node:assert/strict'
import { test } from 'node:test'
import { checkBaseUrl } from './index.ts'

const open = { allowPrivate: true }
const closed = { allowPrivate: false }

const urlOf = (text: string, policy = closed) => {
  const checked = checkBaseUrl(text, policy)
  return checked.kind === 'ok' ? checked.url : undefined
}

function refuses(text: string, policy: typeof open, why: RegExp): void {
  const checked = checkBaseUrl(text, policy)
  equal(checked.kind, 'refused', text)
  if (checked.kind === 'refused') match(checked.why, why, text)
}

test('a public http or https URL is taken, without its trailing slash', () => {
  equal(urlOf('https://api.openai.com/v1/'), 'https://api.openai.com/v1')
  equal(urlOf('HTTP://Example.COM:8080'), 'http://example.com:8080')
  equal(urlOf('https://8.8.8.8/v1'), 'https://8.8.8.8/v1')
  equal(urlOf('https://[2606:4700::1111]/v1'), 'https://[2606:4700::1111]/v1')
})

test('other schemes, credentials, queries, fragments and unseen characters are refused', () => {
  for (const text of ['ftp://example.com', 'file:///etc/passwd', 'example.com', 'https:/example.com', '', 'https://']) {
    refuses(text, open, /http/)
  }
  refuses('https://user:secret@example.com', open, /password/)
  refuses('https://example.com@127.0.0.1', open, /password/)
  refuses('https://example.com/v1?key=1', open, /query/)
  const versioned = { ...open, queryParameter: 'api-version' }
  for (const query of ['?key=1', '?api-version=1&key=1', '?api-version=1&api-version=2', '?api-version=', '?'])
    refuses(`https://example.com/v1${query}`, versioned, /query/)
  deepEqual(checkBaseUrl('https://example.com/openai/?api-version=2024-10-21', versioned), {
    kind: 'ok',
    url: 'https://example.com/openai?api-version=2024-10-21',
  })
  refuses('https://example.com/#x', open, /fragment/)
  for (const text of ['https://exa\tmple.com', 'https://example.com\\@evil.com', 'https://example.com/a b']) {
    refuses(text, open, /spaces/)
  }
})

test('private addresses are refused until the operator allows them', () => {
  const urls = [
    'http://127.0.0.1:11434/v1',
    'http://localhost:8000',
    'http://10.0.0.7',
    'http://[::1]:8000',
    'http://a.localhost',
  ]
  for (const url of urls) {
    refuses(url, closed, /private/)
    equal(urlOf(url, open), url)
  }
})

test('the metadata service and other addresses that are never an upstream stay refused', () => {
  for (const host of ['169.254.169.254', '0.0.0.0', '[fe80::1]', '[::]', '224.0.0.1', '[2002:7f00:1::]']) {
    refuses(`http://${host}/v1`, open, /never an upstream/)
  }
})

test('an address written in an odd form is refused, whoever asks', () => {
  const hosts = [
    '2130706433',
    '0x7f000001',
    '0x7f.0.0.1',
    '0177.0.0.1',
    '127.1',
    '127.0.0.1.',
    '①②⑦.0.0.1',
    '134744072',
  ]
  for (const host of hosts) refuses(`http://${host}/v1`, open, /plainly/)
  refuses('http://[::ffff:127.0.0.1]/v1', open, /mapped/)
  refuses('http://[::ffff:7f00:1]/v1', open, /mapped/)
  refuses('http://localhost./v1', open, /dot/)
})
