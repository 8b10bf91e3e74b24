import { once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
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
        `^AWS4-HMAC-SHA256 Credential=${credential}/20260101/eu-west-1/aps/aws4_request, SignedHeaders=content-type;host;`,
      ) as unknown,
      'x-amz-date': '20260101T000000Z',
    })
    await transport.close()
  })

  it('signs with the keys of a role, which it asks for once', async () => {
    const asked: string[] = []
    const sts = await listen(
      createServer((request, response) => {
        void buffer(request).then((body) => {
          asked.push(body.toString())
          response.end(roleAnswer)
        })
      }),
    )
    const capture = await captureAlerts()
    const role = { ...sigv4, role_arn: 'arn:aws:iam::1:role/r', tags: { team: 'a' } }
    const transport = transportOf(
      { sigv4: role },
      { AWS_ENDPOINT_URL_STS: `http://${sts.address}` },
    )
    await transport.post(`http://${capture.address}/api/v2/alerts`, '[]', never)
    await transport.post(`http://${capture.address}/api/v2/alerts`, '[]', never)
    await transport.close()
    expect(capture.posts.map(({ headers }) => headers['x-amz-security-token'])).toEqual([
      'hidden token',
      'hidden token',
    ])
    expect(capture.posts[0]?.headers.authorization).toContain('Credential=ASIA/')
    expect(asked).toHaveLength(1)
    expect(Object.fromEntries(new URLSearchParams(asked[0]))).toMatchObject({
      Action: 'AssumeRole',
      RoleArn: 'arn:aws:iam::1:role/r',
      'Tags.member.1.Key': 'team',
      'Tags.member.1.Value': 'a',
    })
  })

  it('signs with the keys of a profile', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'muster-sigv4-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const file = path.join(folder, 'credentials')
    await writeFile(file, '[ops]\naws_access_key_id = OPS\naws_secret_access_key = hidden\n')
    const capture = await captureAlerts()
    const transport = transportOf(
      { sigv4: { ...noKeys, profile: 'ops' } },
      { AWS_SHARED_CREDENTIALS_FILE: file },
    )
    await transport.post(`http://${capture.address}/api/v2/alerts`, '[]', never)
    await transport.close()
    expect(capture.posts[0]?.headers.authorization).toContain('Credential=OPS/')
  })

  const noMetadata = { AWS_EC2_METADATA_DISABLED: 'true' }

  it.each([
    { name: 'no region', config: { ...sigv4, region: '' }, message: 'set region, or AWS_REGION' },
    { name: 'no keys', config: noKeys, message: 'no AWS keys' },
    {
      name: 'a profile that is not there',
      config: { ...sigv4, access_key: '', profile: 'p' },
      message: 'AWS profile "p" is not in',
    },
  ])('refuses to post with $name, and says what to change', async ({ config, message }) => {
    const transport = transportOf({ sigv4: config }, noMetadata)
    await expect(transport.post('http://127.0.0.1:1/', '[]', never)).rejects.toThrow(message)
    await transport.close()
  })

  it('stops at once while it looks for keys', async () => {
    const metadata = await listen(createServer(() => undefined))
    const transport = transportOf(
      { sigv4: noKeys },
      { AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${metadata.address}` },
    )
    const stop = new AbortController()
    const post = transport.post('http://127.0.0.1:1/', '[]', stop.signal)
    stop.abort(new Error('enough'))
    await expect(post).rejects.toThrow('enough')
    await transport.close()
  })
})

const roleAnswer = `<AssumeRoleResponse><AssumeRoleResult><Credentials>
  <AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>hidden key</SecretAccessKey>
  <SessionToken>hidden token</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`
