import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  type AlertmanagerConfig,
  alertmanagerConfig,
  httpTransport,
} from '../../src/notifier/index.js'
import { leaksOf } from '../../src/testing/index.js'
import { Secret } from '../../src/yaml/index.js'
import { listen } from '../helpers/listen.js'
import { captureAlerts } from './capture-alerts.js'
import { freePort } from '../helpers/free-port.js'

const never = new AbortController().signal

function transportOf(
  fields: Partial<AlertmanagerConfig> = {},
  environment: NodeJS.ProcessEnv = {},
) {
  return httpTransport(alertmanagerConfig(fields), { userAgent: 'muster/1.2.3', environment })
}

async function serve(handler: RequestListener): Promise<string> {
  return `http://${(await listen(createServer(handler))).address}/api/v2/alerts`
}

describe('the HTTP client of a section', () => {
  it('posts JSON under its own name', async () => {
    const capture = await captureAlerts()
    const transport = transportOf()
    await transport.post(`http://${capture.address}/x/api/v2/alerts`, '[{}]', never)
    expect(capture.posts).toEqual([
      {
        method: 'POST',
        path: '/x/api/v2/alerts',
        headers: { 'content-type': 'application/json', 'user-agent': 'muster/1.2.3' },
        body: '[{}]',
      },
    ])
    await transport.close()
  })

  it('gives whatever is answered, and no more than the beginning of it', async () => {
    const url = await serve((_, response) => {
      response.writeHead(429, { 'Retry-After': '7' }).end('no'.repeat(1000))
    })
    const transport = transportOf()
    const answer = await transport.post(url, '[]', never)
    expect(answer).toEqual({
      status: 429,
      statusLine: '429 Too Many Requests',
      text: 'no'.repeat(250),
      retryAfter: '7',
    })
    await transport.close()
  })

  it('fails where no server listens, and where the answer has no end', async () => {
    const url = await serve((_, response) => {
      response.writeHead(200)
      response.write('x'.repeat((1 << 20) + 1))
    })
    const transport = transportOf()
    await expect(transport.post(url, '[]', never)).rejects.toThrow()
    await expect(
      transport.post(`http://127.0.0.1:${String(await freePort())}/`, '[]', never),
    ).rejects.toThrow('ECONNREFUSED')
    await transport.close()
  })

  it('lets a post come to its end before it closes, and leaves nothing behind', async () => {
    const leaks = await leaksOf(async () => {
      const server = createServer()
      const arrived = once(server, 'request')
      const { address } = await listen(server)
      const transport = transportOf()
      const post = transport.post(`http://${address}/`, '[]', never)
      const [, response] = (await arrived) as [IncomingMessage, ServerResponse]
      const closed = transport.close()
      response.end()
      expect((await post).status).toBe(200)
      await closed
    })
    // The server itself stays until the end of the test.
    expect(leaks.filter((leak) => !leak.startsWith('TCPServer'))).toEqual([])
  })

  it('ends a post at once when its signal aborts', async () => {
    const url = await serve(() => {})
    const transport = transportOf()
    const controller = new AbortController()
    const post = transport.post(url, '[]', controller.signal)
    controller.abort(new Error('enough'))
    await expect(post).rejects.toThrow('enough')
    await transport.close()
  })
})

describe('sigv4', () => {
  const sigv4 = {
    region: 'eu-west-1',
    access_key: 'KEY',
    secret_key: new Secret('hidden'),
    profile: '',
    role_arn: '',
    external_id: '',
    session_name: '',
    tags: {},
    use_fips_sts_endpoint: false,
    service_name: '',
  }
  const noKeys = { ...sigv4, access_key: '', secret_key: new Secret('') }

  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    { name: 'the keys of the section', config: sigv4, env: {}, credential: 'KEY' },
    {
      name: 'the keys of the environment',
      config: noKeys,
      env: { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't' },
      credential: 'ENV',
    },
  ])('signs with $name', async ({ config, env, credential }) => {
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 1), toFake: ['Date'] })
    const capture = await captureAlerts()
    const transport = transportOf({ sigv4: config }, env)
    await transport.post(`http://${capture.address}/api/v2/alerts`, '[]', never)
    expect(capture.posts[0]?.headers).toMatchObject({
      authorization: expect.stringMatching(
        `^AWS4-HMAC-SHA256 Credential=${credential}/20260101/eu-west-1/aps/aws4_request, SignedHeaders=host;`,
      ) as unknown,
      'x-amz-date': '20260101T000000Z',
    })
    await transport.close()
  })

  it.each([
    { name: 'a profile', config: { ...sigv4, profile: 'p' }, message: 'profile and role_arn' },
    { name: 'a role', config: { ...sigv4, role_arn: 'r' }, message: 'profile and role_arn' },
    { name: 'no region', config: { ...sigv4, region: '' }, message: 'region has to be set' },
    { name: 'no keys', config: noKeys, message: 'give access_key and secret_key' },
  ])('refuses $name with what to change', ({ config, message }) => {
    expect(() => transportOf({ sigv4: config })).toThrow(message)
  })
})
