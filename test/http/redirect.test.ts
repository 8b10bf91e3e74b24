import { describe, expect, it } from 'vitest'
import { describeWithPeers } from '../helpers/peers.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { type Asked, clientOf, folder, serve, until } from './harness.js'

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

const body = '[{"targets":["127.0.0.1:1"]}]'

/** Places, in which `HOST` is the server and `ROW` the way to this row, and whether they lead to the targets. */
const places: readonly (readonly [place: string | readonly string[], leads: boolean])[] = [
  ['/ROW/there', true],
  ['?there', true],
  ['//HOST/ROW/there', true],
  ['HTTP://HOST/ROW/there', true],
  ['../ROW/there', true],
  ['/ROW/x/../there', true],
  ['/ROW/a b?there', true],
  ['/ROW/x?there=%zz', true],
  ['/ROW/there#part', true],
  ['  /ROW/there\t', true],
  [['/ROW/there', '/ROW/elsewhere'], true],
  ['/ROW/%zz?there', false],
  ['/ROW/there#%zz', false],
  ['http:/ROW/there', false],
  ['http:ROW/there', false],
  ['http:\\\\HOST\\ROW\\there', false],
  ['ftp://HOST/ROW/there', false],
  ['ROW:there', false],
  [':there', false],
  ['http://HOST:x/ROW/there', false],
]

/** Redirects after which the targets come, and whether they are found. */
const chains: readonly (readonly [redirects: number, leads: boolean])[] = [
  [9, true],
  [10, false],
]

/** A server whose `/<row>` leads to the place of that row, and `/<row>/there` has the targets. */
async function signposts(): ReturnType<typeof serve> {
  const server = await serve((asked, response) => {
    response.setHeader('content-type', 'application/json')
    const row = Number(/^\/([0-9]+)/.exec(asked.url)?.[1])
    const place = places[row]?.[0]
    const left = Number(/[?]left=([0-9]+)/.exec(asked.url)?.[1] ?? 0)
    if (left > 0) response.writeHead(302, { location: `?left=${String(left - 1)}` }).end()
    else if (/there|left/.test(asked.url)) response.end(body)
    else if (place === undefined || asked.url.includes('elsewhere')) response.writeHead(404).end()
    else {
      const { host = '' } = asked.headers
      const written = [place]
        .flat()
        .map((one) => one.replace('HOST', host).replace('ROW', String(row)))
      response.setHeader('location', written).writeHead(302).end()
    }
  })
  return server
}

const ways = [
  ...places.map(([place, leads], row) => ({
    title: JSON.stringify(place),
    path: String(row),
    leads,
  })),
  ...chains.map(([redirects, leads]) => ({
    title: `${String(redirects)} redirects`,
    path: `?left=${String(redirects)}`,
    leads,
  })),
]

describe('the way over', () => {
  it.each(ways.map((way) => ({ ...way, outcome: way.leads ? 'leads' : 'does not lead' })))(
    '$title $outcome to the targets',
    async ({ path, leads }) => {
      const { url } = await signposts()
      const answer = await clientOf('')
        .request({ url: `${url}${path}`, timeoutMs })
        .then(
          (response) => response.body.toString(),
          () => 'refused',
        )
      expect(answer === body).toBe(leads)
    },
  )
})

describeWithPeers('beside Prometheus', ['prometheus'], () => {
  it('each way leads to the targets or not, as the table says', async () => {
    const { url, asked } = await signposts()
    const jobs = ways.map(
      ({ path }, i) =>
        `- job_name: '${String(i)}'\n  http_sd_configs: [{url: '${url}${path}', refresh_interval: 5s}]\n`,
    )
    const prometheus = await forThisTest(
      RealPrometheus.start({
        'prometheus.yml': `global: {scrape_interval: 100y, scrape_timeout: 1s}\nscrape_configs:\n${jobs.join('')}`,
      }),
    )
    const found = async (): Promise<readonly string[]> => {
      const { activeTargets } = await prometheus.targets()
      const pools = new Set(activeTargets.map(({ scrapePool }) => Number(scrapePool)))
      return ways.flatMap(({ title }, i) => (pools.has(i) ? [title] : []))
    }
    const wanted = ways.flatMap(({ title, leads }) => (leads ? [title] : []))
    const times = (path: string): number => asked.filter((one) => one.url === `/${path}`).length
    await until(() => ways.every(({ path }) => times(path) >= 3), 120_000)
    await until(async () => (await found()).length >= wanted.length, 60_000)
    expect(await found()).toEqual(wanted)
  }, 240_000)
})
