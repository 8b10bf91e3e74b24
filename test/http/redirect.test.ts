import { describe, expect, it } from 'vitest'
import { type Asked, clientOf, folder, serve } from './harness.js'

const timeoutMs = 20_000

/** A server that sends whoever asks for `/go/<status>/<place>` there. */
function redirector(target: () => string): ReturnType<typeof serve> {
  return serve((asked, response) => {
    const [, status] = /^\/go\/([0-9]+)/.exec(asked.url) ?? []
    if (status === undefined) response.end('there')
    else response.writeHead(Number(status), { location: target() }).end('elsewhere')
  })
}

const seen = ({ method, url, body }: Asked): string => `${method} ${url} ${body}`.trim()

describe('redirects', () => {
  it.each([
    { status: 301, want: ['POST /go/301 {}', 'GET /x'] },
    { status: 302, want: ['POST /go/302 {}', 'GET /x'] },
    { status: 303, want: ['POST /go/303 {}', 'GET /x'] },
    { status: 307, want: ['POST /go/307 {}', 'POST /x {}'] },
    { status: 308, want: ['POST /go/308 {}', 'POST /x {}'] },
  ])('of status $status turn a POST into $want.1', async ({ status, want }) => {
    const server = await redirector(() => '/x')
    const response = await clientOf('').request({
      url: `${server.url}go/${String(status)}`,
      method: 'POST',
      body: '{}',
      timeoutMs,
    })
    expect(response.body.toString()).toBe('there')
    expect(response.url).toBe(`${server.url}x`)
    expect(server.asked.map(seen)).toEqual(want)
  })

  it('are not followed where the config says so', async () => {
    const server = await redirector(() => '/x')
    const client = clientOf('follow_redirects: false')
    const response = await client.request({ url: `${server.url}go/302`, timeoutMs })
    expect([response.status, response.body.toString()]).toEqual([302, 'elsewhere'])
    expect(server.asked).toHaveLength(1)
  })

  it('without a Location are the answer', async () => {
    const server = await serve((_, response) => response.writeHead(302).end('hm'))
    const response = await clientOf('').request({ url: server.url, timeoutMs })
    expect(response.status).toBe(302)
  })

  it('end after ten requests', async () => {
    const server = await redirector(() => '/go/302')
    const request = clientOf('').request({ url: `${server.url}go/302`, timeoutMs })
    await expect(request).rejects.toMatchObject({
      kind: 'redirect',
      message: 'stopped after 10 redirects',
    })
    expect(server.asked).toHaveLength(10)
  })

  it.each(['ftp://x/', 'file:///etc/passwd', 'http://['])('do not lead to %s', async (place) => {
    const server = await redirector(() => place)
    const request = clientOf('').request({ url: `${server.url}go/302`, timeoutMs })
    await expect(request).rejects.toMatchObject({ kind: 'redirect' })
  })

  it('keep credentials on the same host, whatever the port', async () => {
    const other = await redirector(() => '')
    const first = await redirector(() => other.url)
    await clientOf('bearer_token: t').request({ url: `${first.url}go/302`, timeoutMs })
    expect(other.asked[0]?.headers.authorization).toBe('Bearer t')
  })

  it('take no secret to another host, nor back from there', async () => {
    const dir = folder({ f: 'from a file' })
    // localhost and 127.0.0.1 are two hosts, and one server: the way leads there and back.
    const server = await redirector(() => '')
    const there = server.url.replace('127.0.0.1', 'localhost')
    const first = await serve((asked, response) => {
      if (asked.url === '/back') response.end('done')
      else response.writeHead(302, { location: `${there}hop` }).end()
    })
    const hop = await serve((_, response) =>
      response.writeHead(307, { location: `${first.url}back` }).end(),
    )
    const start = await serve((_, response) =>
      response.writeHead(307, { location: hop.url.replace('127.0.0.1', 'localhost') }).end(),
    )
    const yaml = `bearer_token: t\nhttp_headers: {x-open: {values: [o]}, x-key: {secrets: [k]}, x-file: {files: [${dir}/f]}}`
    await clientOf(yaml).request({
      url: start.url,
      timeoutMs,
      headers: { cookie: 'c', accept: 'a', 'X-Consul-Token': 't', 'x-amz-security-token': 's' },
    })
    expect(start.asked[0]?.headers).toMatchObject({
      authorization: 'Bearer t',
      'x-key': 'k',
      'x-file': 'from a file',
      cookie: 'c',
      'x-consul-token': 't',
      'x-amz-security-token': 's',
    })
    for (const asked of [hop.asked[0], first.asked[0]]) {
      expect(asked?.headers).toMatchObject({ 'x-open': 'o', accept: 'a' })
      for (const name of [
        'authorization',
        'x-key',
        'x-file',
        'cookie',
        'x-consul-token',
        'x-amz-security-token',
      ]) {
        expect(asked?.headers).not.toHaveProperty(name)
      }
    }
  })
})
