import { Buffer } from 'node:buffer'
import http from 'node:http'
import type { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { SentSecrets } from '../../src/http/sent-secrets.js'
import { errorText } from '../../src/telemetry/error-text.js'
import { listen } from '../helpers/listen.js'
import { type Asked, clientOf, serve } from './harness.js'

const secret = 'geheim & <"wort"> 100%/+ü'

it.each<[form: string, text: string, shown: string]>([
  ['as it is', `a ${secret} b ${secret}`, 'a <secret> b <secret>'],
  ['in a form', `a ${new URLSearchParams({ x: secret }).toString()}`, 'a x=<secret>'],
  ['in a URL', `a ${encodeURIComponent(secret)} b`, 'a <secret> b'],
  ['in a URL in small letters', `?${encodeURIComponent(secret).toLowerCase()}`, '?<secret>'],
  ['in JSON', `a ${JSON.stringify(secret)} b`, 'a "<secret>" b'],
  ['in XML', 'a geheim &amp; &lt;"wort"&gt; 100%/+ü b', 'a <secret> b'],
  ['in an attribute', 'a geheim &amp; &lt;&quot;wort&quot;&gt; 100%/+ü b', 'a <secret> b'],
  ['cut off', 'a geheim & <"wo', 'a <secret>'],
  ['cut off and quoted', 'a "geheim & <..."', 'a "<secret>..."'],
  ['only its beginning, which may be anything', 'a geheim', 'a geheim'],
  ['not at all', 'a geheim & b', 'a geheim & b'],
])('a text that has a secret %s does not show it', (_, text, shown) => {
  expect(new SentSecrets([secret]).conceal(text)).toBe(shown)
})

it.each<[header: string, value: string, text: string, shown: string]>([
  ['authorization', 'Bearer geheim', 'Bearer geheim', 'Bearer <secret>'],
  ['authorization', 'geheim', 'geheim', '<secret>'],
  [
    'authorization',
    'Basic dTpnZWhlaW0=',
    'dTpnZWhlaW0= u:geheim geheim u',
    '<secret> <secret> <secret> u',
  ],
  ['proxy-authorization', 'Basic dTpnZWhlaW0=', 'geheim', '<secret>'],
  ['x-auth-token', 'geheim', 'geheim', '<secret>'],
  ['x-auth-token', 'abc', 'abc', 'abc'],
  ['x-mode', 'a mode of any kind', 'a mode of any kind', '<secret>'],
  ['x-mode', 'plain', 'plain', 'plain'],
  ['accept', 'application/json', 'application/json', 'application/json'],
])('of the header %s: %s the text %j shows %j', (name, value, text, shown) => {
  const secrets = new SentSecrets()
  secrets.addHeaders({ [name]: value })
  expect(secrets.conceal(text)).toBe(shown)
})

it('a secret that begins with another is hidden whole', () => {
  expect(new SentSecrets(['geheim-1', 'geheim-12']).conceal('geheim-12 geheim-1')).toBe(
    '<secret> <secret>',
  )
})

it('a header that the config shows to all is shown', () => {
  const secrets = new SentSecrets()
  secrets.addHeaders({ 'x-token': ['public-1', 'private-1'] }, { 'x-token': ['public-1'] })
  expect(secrets.conceal('public-1 private-1')).toBe('public-1 <secret>')
})

/** Everything that was sent, as a server may repeat it: also unpacked. */
function repeated({ headers, url, body }: Asked): string {
  const authorization = headers.authorization ?? headers['proxy-authorization'] ?? ''
  const pair = Buffer.from(authorization.split(' ')[1] ?? '', 'base64').toString()
  const plain = /^[\x20-\x7e]*$/.test(pair) ? pair : ''
  return `${url} ${authorization} ${plain} ${JSON.stringify(headers)} ${body}`
}

/** The same where it may not have every character. */
function repeatedInHead(asked: Asked): string {
  return repeated(asked).replaceAll(/[^\x20-\x7e]/g, '')
}

type Answering = (asked: Asked, response: http.ServerResponse, count: number) => void

const answers: readonly (readonly [title: string, answer: Answering])[] = [
  ['in its status line', (asked, response) => response.writeHead(403, repeatedInHead(asked)).end()],
  ['in its words', (asked, response) => response.writeHead(403).end(repeated(asked))],
  [
    'in a place that it leads to, and says so there',
    (asked, response, count) => {
      const there = `/?${new URLSearchParams({ all: repeated(asked) }).toString()}`
      if (count > 1) response.writeHead(403, repeatedInHead(asked)).end()
      else response.writeHead(302, { location: there }).end()
    },
  ],
  [
    'in a place that cannot be read',
    (asked, response) =>
      response.writeHead(302, { location: `http://h:x/${repeatedInHead(asked)}` }).end(),
  ],
  [
    'in a scheme that it leads to',
    (asked, response) =>
      response
        .writeHead(302, { location: `geheim-1://${encodeURIComponent(repeated(asked))}` })
        .end(),
  ],
  [
    'in places without end',
    (asked, response) => {
      const { authorization = '' } = asked.headers
      response.writeHead(302, { location: `/?${encodeURIComponent(authorization)}` }).end()
    },
  ],
  [
    'in a head that is none',
    (asked, response) => {
      const { authorization = '' } = asked.headers
      response.socket?.end(`HTTP/1.1 200 OK\r\n${authorization} is wrong\r\n\r\n`)
    },
  ],
  [
    'in a place where it hangs up',
    (asked, response, count) => {
      if (count > 1) response.socket?.destroy()
      else response.writeHead(302, { location: `/?${encodeURIComponent(repeated(asked))}` }).end()
    },
  ],
  [
    'as the name of an encoding',
    (asked, response) => {
      response.setHeader('content-encoding', repeatedInHead(asked).slice(0, 4000))
      response.end(Buffer.from([1, 2, 0xff]))
    },
  ],
]

const credentials = [
  ['a bearer token', 'authorization: {credentials: geheim-1}', {}],
  ['a password', 'basic_auth: {username: u, password: "geheim-1 & more"}', {}],
  ['a secret header', 'http_headers: {X-Thing: {secrets: [geheim-1]}}', {}],
  ['a header of its own', '', { 'X-Consul-Token': 'geheim-1' }],
  ['a secret in its body', '', {}],
] as const

it.each(
  credentials.flatMap(([what, yaml, headers]) =>
    answers.map(([how, answer]) => ({ what, yaml, headers, how, answer })),
  ),
)('what a server says that repeats $what $how does not show it', async (given) => {
  const { yaml, headers, answer } = given
  const { url } = await serve(answer)
  const client = clientOf(yaml)
  const asking = client.request({
    url,
    headers,
    method: 'POST',
    body: 'password=geheim-1',
    secrets: ['geheim-1'],
    timeoutMs: 10_000,
  })
  const said = await asking.then(
    ({ statusText, url: from, body, withoutSecrets }) =>
      `${statusText} ${from} ${withoutSecrets(body.toString())}`,
    errorText,
  )
  // 'Z2VoZWlt': the same in base64.
  expect(said).not.toMatch(/geheim|Z2VoZWlt/)
})

it.each(['http://target.test/', 'https://target.test/'])(
  'a proxy that repeats its credentials does not have them shown to who asks for %s',
  async (url) => {
    const server = http.createServer((request, response) => {
      response.writeHead(502, JSON.stringify(request.headers)).end()
    })
    server.on('connect', ({ headers }: http.IncomingMessage, socket: Socket) => {
      socket.end(`HTTP/1.1 502 ${JSON.stringify(headers)}\r\n\r\n`)
    })
    const { address } = await listen(server)
    const client = clientOf(
      `proxy_url: "http://u:geheim-1@${address}"\nproxy_connect_header: {X-Thing: [geheim-2]}`,
    )
    const said = await client
      .request({ url, timeoutMs: 5000 })
      .then(({ statusText }) => statusText, errorText)
    expect(said).toContain('"proxy-authorization":"Basic <secret>"')
    expect(said).not.toMatch(/geheim|Z2VoZWlt/)
  },
)

it.each<[title: string, answer: Answering]>([
  [
    'as RFC 6749 has it',
    (asked, response) => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: 'no', error_description: repeated(asked) }))
    },
  ],
  ['in its status line', (asked, response) => response.writeHead(400, repeatedInHead(asked)).end()],
])(
  'a token endpoint that repeats the client secret %s does not have it shown',
  async (_, answer) => {
    const { url } = await serve(answer)
    const client = clientOf(
      `oauth2: {client_id: c, client_secret: "geheim-1 &", token_url: "${url}"}`,
    )
    const error: unknown = await client
      .request({ url, timeoutMs: 5000 })
      .then(() => 'an answer', errorText)
    expect(error).toMatch(/cannot fetch token/)
    expect(error).not.toMatch(/geheim|Z2VoZWlt/)
  },
)
