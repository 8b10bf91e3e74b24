import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import { describe, expect, it } from 'vitest'
import { bypassesProxy } from '../../src/http/transport/no-proxy.js'
import { type Listening, listen } from '../helpers/listen.js'
import { pki, pkiFile } from '../helpers/pki/index.js'
import { clientOf, serve, until } from './harness.js'

const timeoutMs = 20_000

/** A forward proxy that brings every name to one port on loopback, and notes what it was asked. */
async function startProxy(
  port: () => number,
  refuse?: number,
): Promise<Listening & { readonly lines: string[]; readonly headers: http.IncomingHttpHeaders[] }> {
  const lines: string[] = []
  const headers: http.IncomingHttpHeaders[] = []
  const proxy = http.createServer((request, response) => {
    lines.push(`${request.method ?? ''} ${request.url ?? ''}`)
    headers.push(request.headers)
    const { pathname, search } = new URL(request.url ?? '')
    const path = pathname + search
    http
      .request(
        { port: port(), path, method: request.method, headers: request.headers },
        (answer) => {
          response.writeHead(answer.statusCode ?? 0, answer.headers)
          answer.pipe(response)
        },
      )
      .end()
  })
  proxy.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
    lines.push(`CONNECT ${request.url ?? ''}`)
    headers.push(request.headers)
    if (refuse !== undefined) {
      client.end(`HTTP/1.1 ${String(refuse)} Nope\r\n\r\n`)
      return
    }
    const server = net.connect(port(), '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      server.pipe(client).pipe(server)
    })
    server.on('error', () => client.destroy())
    client.on('close', () => server.destroy())
  })
  return { ...(await listen(proxy)), lines, headers }
}

async function startTls(): Promise<Listening> {
  return listen(
    https.createServer({ cert: pki('server1.pem'), key: pki('server1.key') }, (_, response) =>
      response.end('behind'),
    ),
  )
}

const ca = `tls_config: {ca_file: ${pkiFile('ca1.pem')}}`

describe('a proxy', () => {
  it('is asked for the whole URL without TLS, and sees the login that its own URL has', async () => {
    const server = await serve((_, response) => response.end('behind'))
    const proxy = await startProxy(() => server.port)
    const client = clientOf(`proxy_url: http://me:s%40@${proxy.address}\nbearer_token: t`)
    const response = await client.request({ url: 'http://a.test:81/x?y', timeoutMs })
    expect(response.body.toString()).toBe('behind')
    expect(proxy.lines).toEqual(['GET http://a.test:81/x?y'])
    expect(proxy.headers[0]?.['proxy-authorization']).toBe(
      `Basic ${Buffer.from('me:s@').toString('base64')}`,
    )
    expect(server.asked[0]).toMatchObject({
      url: '/x?y',
      headers: { host: 'a.test:81', authorization: 'Bearer t' },
    })
  })

  it('opens a tunnel for TLS, with the configured headers, and sees nothing of what is in it', async () => {
    const server = await startTls()
    const proxy = await startProxy(() => server.port)
    const client = clientOf(
      `proxy_url: http://${proxy.address}\nproxy_connect_header: {x-a: [b, c]}\nbearer_token: t\n${ca}`,
    )
    const url = 'https://a.muster.test/'
    expect((await client.request({ url, timeoutMs })).body.toString()).toBe('behind')
    await client.request({ url, timeoutMs })
    expect(new Set(proxy.lines)).toEqual(new Set(['CONNECT a.muster.test:443']))
    expect(proxy.headers[0]?.['x-a']).toBe('b, c')
    expect(proxy.headers[0]).not.toHaveProperty('authorization')
    await client.close()
    await until(() => proxy.sockets.size === 0 && server.sockets.size === 0)
  })

  it('may itself be reached over TLS', async () => {
    const server = await startTls()
    const lines: string[] = []
    const proxy = https.createServer({ cert: pki('server1.pem'), key: pki('server1.key') })
    proxy.on('connect', (request: http.IncomingMessage, client: net.Socket) => {
      lines.push(request.url ?? '')
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      const behind = net.connect(server.port, '127.0.0.1')
      behind.pipe(client).pipe(behind)
      behind.on('error', () => client.destroy())
      client.on('close', () => behind.destroy()).on('error', () => undefined)
    })
    const { port } = await listen(proxy)
    const client = clientOf(`proxy_url: https://localhost:${String(port)}\n${ca}`)
    const response = await client.request({ url: 'https://b.muster.test:8443/', timeoutMs })
    expect(response.body.toString()).toBe('behind')
    expect(lines).toEqual(['b.muster.test:8443'])
  })

  it.each([
    [
      407,
      '407 Nope: it wants another user and password in proxy_url, or headers in proxy_connect_header',
    ],
    [502, '502 Nope'],
  ])('that answers CONNECT with %i is to blame, without its password', async (status, reason) => {
    const proxy = await startProxy(() => 1, status)
    const client = clientOf(`proxy_url: http://u:geheim@${proxy.address}`)
    await expect(client.request({ url: 'https://a.test/', timeoutMs })).rejects.toMatchObject({
      kind: 'proxy',
      message: `proxy http://${proxy.address}: ${reason}`,
    })
    await until(() => proxy.sockets.size === 0)
  })

  it('that is not there is to blame', async () => {
    const client = clientOf('proxy_url: http://127.0.0.1:1')
    await expect(client.request({ url: 'https://a.test/', timeoutMs })).rejects.toMatchObject({
      kind: 'proxy',
      message: 'proxy http://127.0.0.1:1: connect ECONNREFUSED 127.0.0.1:1',
    })
  })

  it('of an unknown kind is refused with the config', () => {
    expect(() => clientOf('proxy_url: ftp://u:geheim@p')).toThrow(
      /^unable to use proxy: proxy scheme ftp is not supported$/,
    )
  })

  it('comes from the environment where the config says so, loopback left out', async () => {
    const server = await serve((_, response) => response.end('behind'))
    const proxy = await startProxy(() => server.port)
    const client = clientOf('proxy_from_environment: true', {
      http_proxy: proxy.address,
      NO_PROXY: 'spared.test',
    })
    await client.request({ url: 'http://a.test/', timeoutMs })
    await client.request({ url: server.url, timeoutMs })
    expect(proxy.lines).toEqual(['GET http://a.test/'])
    await expect(client.request({ url: 'http://x.spared.test/', timeoutMs })).rejects.toMatchObject(
      { kind: 'dns' },
    )
  })

  it('is passed by for the hosts of no_proxy', async () => {
    const server = await serve((_, response) => response.end('straight'))
    const client = clientOf('proxy_url: http://127.0.0.1:1\nno_proxy: 127.0.0.0/8')
    expect((await client.request({ url: server.url, timeoutMs })).status).toBe(200)
  })
})

/** Speaks just enough of RFC 1928 and 1929 to check what a client says. */
async function startSocks(
  port: () => number,
  login?: string,
): Promise<Listening & { asked: string[] }> {
  const asked: string[] = []
  const server = net.createServer((client) => {
    let stage: 'greet' | 'login' | 'connect' = 'greet'
    const read = (data: Buffer): void => {
      if (stage === 'greet') {
        stage = login === undefined ? 'connect' : 'login'
        client.write(Buffer.of(5, login === undefined ? 0 : 2))
      } else if (stage === 'login') {
        stage = 'connect'
        const user = data.subarray(2, 2 + (data[1] ?? 0)).toString()
        const pass = data.subarray(3 + user.length).toString()
        client.write(Buffer.of(1, `${user}:${pass}` === login ? 0 : 1))
      } else {
        client.off('data', read)
        const name = data.subarray(5, 5 + (data[4] ?? 0)).toString()
        asked.push(`${String(data[3])} ${name} ${String(data.readUInt16BE(data.length - 2))}`)
        const behind = net.connect(port(), '127.0.0.1', () => {
          client.write(Buffer.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0))
          behind.pipe(client).pipe(behind)
        })
        behind.on('error', () => client.end(Buffer.of(5, 5, 0, 1, 0, 0, 0, 0, 0, 0)))
        client.on('close', () => behind.destroy())
      }
    }
    client.on('data', read)
  })
  return { ...(await listen(server)), asked }
}

describe('a SOCKS5 proxy', () => {
  it('connects to names it resolves itself, with and without TLS behind it', async () => {
    const plain = await serve((_, response) => response.end('plain'))
    const secure = await startTls()
    let port = plain.port
    const proxy = await startSocks(() => port, 'me:pw')
    const client = clientOf(`proxy_url: socks5://me:pw@${proxy.address}\n${ca}`)
    const first = await client.request({ url: 'http://a.test/', timeoutMs })
    port = secure.port
    const second = await client.request({ url: 'https://b.muster.test/', timeoutMs })
    expect([first, second].map((r) => r.body.toString())).toEqual(['plain', 'behind'])
    expect(proxy.asked).toEqual(['3 a.test 80', '3 b.muster.test 443'])
  })

  it.each([
    {
      name: 'a wrong password',
      login: 'me:other',
      port: 1,
      want: 'the proxy refused user and password',
    },
    { name: 'a server it cannot reach', login: 'me:pw', port: 1, want: 'connection refused' },
  ])('says so for $name', async ({ login, port, want }) => {
    const proxy = await startSocks(() => port, login)
    const client = clientOf(`proxy_url: socks5://me:pw@${proxy.address}`)
    await expect(client.request({ url: 'http://a.test/', timeoutMs })).rejects.toMatchObject({
      kind: 'proxy',
      message: `proxy socks5://${proxy.address}: socks: ${want}`,
    })
    await until(() => proxy.sockets.size === 0)
  })
})

describe('bypassesProxy', () => {
  it.each([
    ['', 'http://a.test/', false],
    ['', 'http://localhost:1/', true],
    ['', 'http://127.9.9.9/', true],
    ['', 'http://[::1]/', true],
    ['*', 'http://a.test/', true],
    ['a.test', 'http://a.test/', true],
    ['a.test', 'http://b.a.test/', true],
    ['a.test', 'http://ba.test/', false],
    ['A.Test', 'http://a.TEST./', true],
    ['.a.test', 'http://a.test/', false],
    ['.a.test', 'http://b.a.test/', true],
    ['*.a.test', 'http://b.a.test/', true],
    ['*.a.test', 'http://a.test/', false],
    ['a.test:8080', 'http://a.test:8080/', true],
    ['a.test:8080', 'http://a.test/', false],
    ['a.test:443', 'https://a.test/', true],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['10.0.0.0/8', 'http://a.test/', false],
    ['10.1.2.3', 'http://10.1.2.3:9/', true],
    ['10.1.2.3:9', 'http://10.1.2.3:9/', true],
    ['10.1.2.3:9', 'http://10.1.2.3/', false],
    ['fd00::/8', 'http://[fd00::5]/', true],
    ['fd00::5', 'http://[fd00::5]/', true],
    ['[fd00::5]:80', 'http://[fd00::5]/', true],
    [' x , a.test ,', 'http://a.test/', true],
  ])('with %j for %s is %s', (list, url, want) => {
    expect(bypassesProxy(list)(new URL(url))).toBe(want)
  })
})
