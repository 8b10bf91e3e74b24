import { generateKeyPairSync, verify } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { type Asked, clientOf, folder, serve } from './harness.js'

const timeoutMs = 20_000
const formOf = (asked: Asked | undefined): Record<string, string> =>
  Object.fromEntries(new URLSearchParams(asked?.body))

const decode = (part: string): unknown =>
  JSON.parse(Buffer.from(part, 'base64url').toString()) as unknown

type Answer = Parameters<typeof serve>[0]
const granting =
  (expires?: number): Answer =>
  (_, response, count) => {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ access_token: `t${String(count)}`, expires_in: expires }))
  }

async function start(answer: Answer): Promise<{
  readonly issuer: Awaited<ReturnType<typeof serve>>
  readonly api: Awaited<ReturnType<typeof serve>>
}> {
  return {
    issuer: await serve(answer),
    api: await serve((_, response) => response.end()),
  }
}

describe('oauth2', () => {
  it('gets a token with the client credentials, and uses it for all requests', async () => {
    const { issuer, api } = await start(granting(3600))
    const client = clientOf(
      `oauth2: {client_id: "i d", client_secret: "s:e", token_url: "${issuer.url}t", scopes: [a, b], endpoint_params: {p: q}}`,
    )
    await Promise.all([1, 2, 3].map(() => client.request({ url: api.url, timeoutMs })))
    await client.request({ url: api.url, timeoutMs })
    expect(issuer.asked).toHaveLength(1)
    expect(issuer.asked[0]).toMatchObject({ method: 'POST', url: '/t' })
    expect(issuer.asked[0]?.headers).toMatchObject({
      authorization: `Basic ${Buffer.from('i+d:s%3Ae').toString('base64')}`,
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'muster/test',
    })
    expect(formOf(issuer.asked[0])).toEqual({
      grant_type: 'client_credentials',
      scope: 'a b',
      p: 'q',
    })
    expect(api.asked.map((a) => a.headers.authorization)).toEqual(
      Array.from({ length: 4 }, () => 'Bearer t1'),
    )
  })

  it('gets a new one ten seconds before the end of the old, not earlier', async () => {
    const { issuer, api } = await start(granting(60))
    const client = clientOf(`oauth2: {client_id: i, token_url: "${issuer.url}"}`)
    const get = async (): Promise<string | undefined> => {
      await client.request({ url: api.url, timeoutMs })
      return api.asked.at(-1)?.headers.authorization
    }
    vi.useFakeTimers({ toFake: ['Date'], now: 1_000_000 })
    try {
      expect(await get()).toBe('Bearer t1')
      vi.setSystemTime(1_049_999)
      expect(await get()).toBe('Bearer t1')
      vi.setSystemTime(1_050_000)
      expect(await get()).toBe('Bearer t2')
    } finally {
      vi.useRealTimers()
    }
  })

  it('names itself in the form where the header is refused, and remembers which it was', async () => {
    const { issuer, api } = await start((asked, response) => {
      if (asked.headers.authorization !== undefined) response.writeHead(401).end()
      else response.end('{"access_token":"t","token_type":"mac","expires_in":"1"}')
    })
    const client = clientOf(`oauth2: {client_id: i, client_secret: s, token_url: "${issuer.url}"}`)
    await client.request({ url: api.url, timeoutMs })
    await client.request({ url: api.url, timeoutMs })
    expect(issuer.asked.map((a) => a.headers.authorization !== undefined)).toEqual([
      true,
      false,
      false,
    ])
    expect(formOf(issuer.asked[1])).toMatchObject({ client_id: 'i', client_secret: 's' })
    expect(api.asked[0]?.headers.authorization).toBe('MAC t')
  })

  it('reads a secret in a file each time, and asks anew when it has changed', async () => {
    const { issuer, api } = await start(granting())
    const dir = folder({ s: 'one\n' })
    const client = clientOf(
      `oauth2: {client_id: i, client_secret_file: ${dir}/s, token_url: "${issuer.url}"}`,
    )
    await client.request({ url: api.url, timeoutMs })
    await client.request({ url: api.url, timeoutMs })
    writeFileSync(path.join(dir, 's'), 'two\n')
    await client.request({ url: api.url, timeoutMs })
    expect(issuer.asked.map((a) => a.headers.authorization)).toEqual(
      ['i:one', 'i:two'].map((login) => `Basic ${Buffer.from(login).toString('base64')}`),
    )
  })

  it.each([
    {
      name: 'a refusal with its reason',
      answer: (_, response) =>
        response.writeHead(400).end('{"error":"invalid_client","error_description":"who?"}'),
      want: 'oauth2: cannot fetch token: 400 Bad Request: "invalid_client" "who?"',
    },
    {
      name: 'an answer without a token',
      answer: (_, response) => response.end('{"id_token":"x"}'),
      want: 'oauth2: server response missing access_token',
    },
    {
      name: 'an answer that is no JSON, which is not quoted',
      answer: (_, response) => response.end('access_token=geheim'),
      want: 'oauth2: cannot parse json of the token endpoint',
    },
  ] satisfies readonly { name: string; answer: Answer; want: string }[])(
    'fails the request for $name',
    async ({ answer, want }) => {
      const { issuer, api } = await start(answer)
      const client = clientOf(`oauth2: {client_id: i, token_url: "${issuer.url}"}`)
      for (const _ of [1, 2]) {
        await expect(client.request({ url: api.url, timeoutMs })).rejects.toMatchObject({
          kind: 'credentials',
          message: want,
        })
      }
      expect(api.asked).toHaveLength(0)
    },
  )

  it('takes a form for an answer, as some endpoints give', async () => {
    const { issuer, api } = await start((_, response) => {
      response.setHeader('content-type', 'application/x-www-form-urlencoded; charset=x')
      response.end('access_token=t&token_type=Custom')
    })
    const client = clientOf(`oauth2: {client_id: i, token_url: "${issuer.url}"}`)
    await client.request({ url: api.url, timeoutMs })
    expect(api.asked[0]?.headers.authorization).toBe('Custom t')
  })

  it('lets an aborted request go while the token is still awaited, for the others', async () => {
    let grant: (() => unknown) | undefined
    const { issuer, api } = await start((_, response) => {
      grant = () => response.end('{"access_token":"t"}')
    })
    const client = clientOf(`oauth2: {client_id: i, token_url: "${issuer.url}"}`)
    const controller = new AbortController()
    const first = client.request({ url: api.url, timeoutMs, signal: controller.signal })
    const second = client.request({ url: api.url, timeoutMs })
    await vi.waitFor(() => expect(issuer.asked).toHaveLength(1), 15_000)
    controller.abort(new Error('gone'))
    await expect(first).rejects.toThrow('gone')
    grant?.()
    expect((await second).status).toBe(200)
  })

  it.each([
    ['RS256', 'RSA-SHA256'],
    ['RS384', 'RSA-SHA384'],
    ['RS512', 'RSA-SHA512'],
    ['', 'RSA-SHA256'],
  ])('signs an assertion with %j for the JWT bearer grant', async (algorithm, digest) => {
    const { issuer, api } = await start(granting())
    const keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const pem = keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    const client = clientOf(
      `oauth2: {client_id: me, iss: us, grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", client_certificate_key_id: k1, client_certificate_key: ${JSON.stringify(pem)}, signature_algorithm: "${algorithm}", claims: {n: 1}, scopes: [a], token_url: "${issuer.url}"}`,
    )
    await client.request({ url: api.url, timeoutMs })
    const { grant_type: grant, assertion = '' } = formOf(issuer.asked[0])
    expect(grant).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const [header = '', claims = '', signature = ''] = assertion.split('.')
    const signed = Buffer.from(`${header}.${claims}`)
    expect(verify(digest, signed, keys.publicKey, Buffer.from(signature, 'base64url'))).toBe(true)
    expect(decode(header)).toEqual({ alg: algorithm || 'RS256', typ: 'JWT', kid: 'k1' })
    const read = decode(claims) as { iat: number; exp: number; jti: string }
    expect(read).toMatchObject({ iss: 'us', sub: 'me', aud: issuer.url, scope: 'a', n: 1 })
    expect(read.exp - read.iat).toBe(600)
    expect(read.jti).toMatch(/^[0-9a-f-]{36}$/)
    expect(api.asked[0]?.headers.authorization).toBe('Bearer t1')
  })

  it('never says what a key that cannot sign was', async () => {
    const { issuer, api } = await start(granting())
    const client = clientOf(
      `oauth2: {client_id: me, grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", client_certificate_key: geheim, token_url: "${issuer.url}"}`,
    )
    const error: unknown = await client
      .request({ url: api.url, timeoutMs })
      .catch((reason: unknown) => reason)
    expect(error).toMatchObject({ kind: 'credentials' })
    expect(String(error)).not.toContain('geheim')
  })
})
