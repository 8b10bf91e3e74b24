import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { inspect } from 'node:util'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { createHttpClient, defaultHttpClientConfig, HttpError } from '../../../src/http/index.js'
import { type Access, GoogleIdentity } from '../../../src/mechanisms/gce/identity.js'
import { createApi } from '../../../src/mechanisms/kit/index.js'
import { Turns } from '../../../src/waiting/turns.js'
import { listen } from '../../helpers/listen.js'

const userAgent = 'muster/test'
const keys = generateKeyPairSync('rsa', {
  modulusLength: 1024,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const start = Date.UTC(2026, 0, 1)
const minute = 60_000

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** What was asked for: method and path, and what the body says. */
let asked: string[] = []
let answer: (line: string) => Answer
let address = ''
let folder = ''
/** As `Api.now` counts; Unix time begins with `start`. */
let now = 0

beforeEach(async () => {
  asked = []
  now = 0
  let count = 0
  answer = () => {
    count += 1
    return { body: `{"access_token":"geheim-${String(count)}","expires_in":3600}` }
  }
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      const flavor = request.headers['metadata-flavor'] ?? ''
      const line = `${request.method ?? ''} ${request.url ?? ''} ${body.toString()}${String(flavor)}`
      asked.push(line.trim())
      const { status = 200, headers, body: said } = answer(line)
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(said)
    })
  })
  address = (await listen(server)).address
  folder = await mkdtemp(path.join(os.tmpdir(), 'muster-gce-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

type Env = Readonly<Record<string, string>>

/** Writes a file of credentials. @returns the environment that names it */
async function named(credentials: unknown): Promise<Env> {
  const file = path.join(folder, 'credentials.json')
  const text = typeof credentials === 'string' ? credentials : JSON.stringify(credentials)
  await writeFile(file, text)
  return { GOOGLE_APPLICATION_CREDENTIALS: file }
}

/** The same where gcloud writes it. */
async function byGcloud(credentials: unknown): Promise<Env> {
  const at = path.join(folder, '.config/gcloud')
  await mkdir(at, { recursive: true })
  await writeFile(
    path.join(at, 'application_default_credentials.json'),
    JSON.stringify(credentials),
  )
  return { HOME: folder }
}

const onMachine = (): Env => ({ HOME: folder, GCE_METADATA_HOST: address })

function serviceAccount(more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    type: 'service_account',
    client_email: 'muster@p.test',
    private_key_id: 'k1',
    private_key: keys.privateKey,
    token_uri: `http://${address}/token`,
    ...more,
  }
}

function user(more: Readonly<Record<string, unknown>> = {}): unknown {
  return {
    type: 'authorized_user',
    client_id: 'c',
    client_secret: 'geheim-client',
    refresh_token: 'geheim-refresh',
    token_uri: `http://${address}/token`,
    ...more,
  }
}

/** An identity in this environment, in polls of its own. */
function identityIn(env: Env): <T>(work: (access: Access) => Promise<T>) => Promise<T> {
  const identity = new GoogleIdentity({ env, userAgent, now: () => start + now })
  const client = createHttpClient(defaultHttpClientConfig(), { userAgent, environment: {} })
  onTestFinished(() => client.close())
  return (work) =>
    identity.use(
      createApi({
        client,
        baseUrl: `http://${address}`,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        turns: new Turns(),
        now: () => now,
      }),
      work,
    )
}

const accessOf = (access: Access): Promise<Access> => Promise.resolve(access)
const authorization = ({ headers }: Access): Promise<string> =>
  Promise.resolve(headers['authorization'] ?? '')

/** The header and the claims of a JSON web token whose signature is right. */
function opened(token: string): unknown {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const content = Buffer.from(`${header}.${claims}`)
  const key = createPublicKey(keys.publicKey)
  expect(verify('RSA-SHA256', content, key, Buffer.from(signature, 'base64url'))).toBe(true)
  return [header, claims].map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()))
}

const scope = 'https://www.googleapis.com/auth/compute.readonly'
const machineLine = `GET /computeMetadata/v1/instance/service-accounts/default/token?scopes=${encodeURIComponent(scope)} Google`
const userLine =
  'POST /token grant_type=refresh_token&client_id=c&client_secret=geheim-client&refresh_token=geheim-refresh'

describe('an identity at Google', () => {
  it('signs an assertion with the key of a service account', async () => {
    const use = identityIn(await named(serviceAccount()))
    expect(await use(accessOf)).toEqual({
      headers: { authorization: 'Bearer geheim-1' },
      universe: 'googleapis.com',
    })
    const form = new URLSearchParams((asked[0] ?? '').replace('POST /token ', ''))
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
    const iat = start / 1000 - 10
    expect(opened(form.get('assertion') ?? '')).toEqual([
      { alg: 'RS256', typ: 'JWT', kid: 'k1' },
      { iss: 'muster@p.test', scope, aud: `http://${address}/token`, iat, exp: iat + 3600 },
    ])
  })

  it('names the audience that the key of a service account names', async () => {
    const use = identityIn(await named(serviceAccount({ audience: 'a', private_key_id: '' })))
    await use(accessOf)
    const form = new URLSearchParams((asked[0] ?? '').replace('POST /token ', ''))
    expect(opened(form.get('assertion') ?? '')).toMatchObject([
      { alg: 'RS256', typ: 'JWT' },
      { aud: 'a' },
    ])
  })

  it('makes a token itself for the universe of a partner', async () => {
    const use = identityIn(await named(serviceAccount({ universe_domain: 'apis.partner.test' })))
    const { headers, universe } = await use(accessOf)
    expect(universe).toBe('apis.partner.test')
    expect(asked).toEqual([])
    const iat = start / 1000 - 10
    const [type, token = ''] = headers['authorization']?.split(' ') ?? []
    expect(type).toBe('Bearer')
    expect(opened(token)).toEqual([
      { alg: 'RS256', typ: 'JWT', kid: 'k1' },
      { iss: 'muster@p.test', sub: 'muster@p.test', scope, iat, exp: iat + 3600 },
    ])
  })

  it.each<[string, () => Env | Promise<Env>, readonly string[], Partial<Access>]>([
    [
      'asks with the refresh token of a person who signed in with gcloud',
      () => byGcloud(user()),
      [userLine],
      { headers: { authorization: 'Bearer geheim-1' } },
    ],
    [
      'names the project whose quota counts',
      () => named(user({ quota_project_id: 'q' })),
      [userLine],
      { headers: { authorization: 'Bearer geheim-1', 'x-goog-user-project': 'q' } },
    ],
    ['asks the metadata server of the machine', onMachine, [machineLine], {}],
    [
      'takes the universe of the environment where it asks the metadata server',
      () => ({ ...onMachine(), GOOGLE_CLOUD_UNIVERSE_DOMAIN: 'u.test' }),
      [machineLine],
      { universe: 'u.test' },
    ],
    [
      'prefers the file that the environment names',
      async () => ({
        ...onMachine(),
        ...(await byGcloud(serviceAccount())),
        ...(await named(user())),
      }),
      [userLine],
      {},
    ],
    [
      'prefers the file of gcloud to the machine',
      async () => ({ ...onMachine(), ...(await byGcloud(user())) }),
      [userLine],
      {},
    ],
  ])('%s', async (_, env, lines, access) => {
    const use = identityIn(await env())
    expect(await use(accessOf)).toMatchObject(access)
    expect(asked).toEqual(lines)
  })

  it('keeps a token until there are less than four minutes left of it', async () => {
    const use = identityIn(onMachine())
    expect(await use(authorization)).toBe('Bearer geheim-1')
    now = 56 * minute
    expect(await use(authorization)).toBe('Bearer geheim-1')
    now = 57 * minute
    expect(await use(authorization)).toBe('Bearer geheim-2')
    expect(asked).toHaveLength(2)
  })

  it('reads the file again where it asks for another token', async () => {
    const use = identityIn(await named(user()))
    await use(accessOf)
    await named(user({ refresh_token: 'geheim-other' }))
    now = 60 * minute
    await use(accessOf)
    expect(asked).toEqual([userLine, userLine.replace('geheim-refresh', 'geheim-other')])
  })

  it('keeps a token that cannot be renewed until it expires, and tries again after a minute', async () => {
    const use = identityIn(onMachine())
    await use(accessOf)
    answer = () => ({ status: 503, body: '' })
    for (const [minutes, requests] of [
      [57, 2],
      [57.5, 2],
      [58, 3],
    ] as const) {
      now = minutes * minute
      expect(await use(authorization)).toBe('Bearer geheim-1')
      expect(asked).toHaveLength(requests)
    }
    now = 60 * minute
    await expect(use(accessOf)).rejects.toThrow(/HTTP status 503/)
  })

  it('asks for a new token where a kept one is refused, once', async () => {
    const use = identityIn(onMachine())
    const seen: string[] = []
    const refused = async (access: Access): Promise<never> => {
      seen.push(await authorization(access))
      throw new HttpError('status', 'refused', { status: 401 })
    }
    await expect(use(refused)).rejects.toThrow('refused')
    expect(seen).toEqual(['Bearer geheim-1'])
    expect(await use(authorization)).toBe('Bearer geheim-2')
    await expect(use(refused)).rejects.toThrow('refused')
    expect(seen).toEqual(['Bearer geheim-1', 'Bearer geheim-2', 'Bearer geheim-3'])
  })

  it('works once where it is refused for another reason', async () => {
    const use = identityIn(onMachine())
    await use(accessOf)
    let count = 0
    const failing = (): Promise<never> => {
      count += 1
      return Promise.reject(new HttpError('status', 'forbidden', { status: 403 }))
    }
    await expect(use(failing)).rejects.toThrow('forbidden')
    expect([count, asked.length]).toEqual([1, 1])
  })

  it.each<[string, Answer, Readonly<Record<string, unknown>>]>([
    [
      'is refused',
      { status: 400, body: '{"error":"invalid_grant","error_description":"Bad Request"}' },
      {
        message: expect.stringMatching(/HTTP status 400 Bad Request: invalid_grant: Bad Request$/),
      },
    ],
    [
      'is refused in words that repeat the request',
      { status: 400, body: '{"error":"no geheim-refresh and\\n geheim-client"}' },
      { message: expect.stringMatching(/HTTP status 400 Bad Request: no <secret> and <secret>$/) },
    ],
    [
      'is refused without words',
      { status: 500, body: 'geheim-refresh' },
      { message: expect.stringMatching(/token: server returned HTTP status 500 Internal/) },
    ],
    [
      'is asked for too often',
      { status: 429, headers: { 'retry-after': '7' }, body: '{"error":{"message":"slow down"}}' },
      {
        message: expect.stringMatching(/HTTP status 429 Too Many Requests: slow down$/),
        retryAfterMs: 7000,
      },
    ],
    [
      'is not in the answer',
      { body: '{"expires_in":1}' },
      { message: expect.stringMatching(/\/token: the answer has no access_token$/) },
    ],
    ['is not JSON', { body: 'geheim' }, { message: expect.stringMatching(/answer is not JSON$/) }],
  ])('says why there is no token where it %s', async (_, said, error) => {
    answer = () => said
    const use = identityIn(await named(user()))
    const failure: unknown = await use(accessOf).catch((reason: unknown) => reason)
    expect(failure).toMatchObject(error)
    expect(inspect(failure, { depth: null })).not.toContain('geheim')
  })

  it.each<[string, () => Env | Promise<Env>, RegExp]>([
    [
      'the file that the environment names is not there',
      () => ({ GOOGLE_APPLICATION_CREDENTIALS: '/nowhere/key.json' }),
      /^GOOGLE_APPLICATION_CREDENTIALS: \/nowhere\/key\.json: unable to read the file: ENOENT/,
    ],
    [
      'the file is not JSON',
      () => named('geheim'),
      /^GOOGLE_APPLICATION_CREDENTIALS: \S+credentials\.json: not JSON$/,
    ],
    [
      'the file has another shape',
      () => named({ type: 'service_account', private_key: ['geheim'] }),
      /: private_key: expected a string, got a list$/,
    ],
    ['the file has no type', () => named({ web: {} }), /: type is missing: expected the key of/],
    ['the type is not known', () => named({ type: 'x' }), /: unknown type "x": expected service_/],
    [
      'a service account has no key',
      () => named(serviceAccount({ private_key: null })),
      /: private_key is missing$/,
    ],
    [
      'a service account has a key of no use',
      () => named(serviceAccount({ private_key: 'geheim-pem' })),
      /: private_key: unable to sign with it: /,
    ],
    [
      'a person has no refresh token',
      () => named(user({ refresh_token: '' })),
      /: refresh_token is missing$/,
    ],
    [
      'the universe cannot be part of a host name',
      () => named(user({ universe_domain: 'a/b' })),
      /^"a\/b" is not the domain of a Google universe$/,
    ],
    ...['external_account', 'external_account_authorized_user', 'impersonated_service_account'].map(
      (type): [string, () => Promise<Env>, RegExp] => [
        `the type is ${type}`,
        () => named({ type }),
        new RegExp(`: muster cannot use credentials of type ${type}: give it the key of a service`),
      ],
    ),
    [
      'there is no metadata server',
      () => ({ HOME: folder, GCE_METADATA_HOST: '127.0.0.1:1' }),
      /^no Google credentials: set GOOGLE_APPLICATION_CREDENTIALS .*ECONNREFUSED/,
    ],
  ])('says what to change where %s', async (_, env, says) => {
    const use = identityIn(await env())
    const failure: unknown = await use(accessOf).catch((reason: unknown) => reason)
    expect(failure).toMatchObject({
      code: 'ERR_GOOGLE_CREDENTIALS',
      message: expect.stringMatching(says),
    })
    expect(inspect(failure, { depth: null })).not.toContain('geheim')
    expect(asked).toEqual([])
  })

  it('says so where the machine has no service account', async () => {
    answer = () => ({ status: 404, body: '' })
    await expect(identityIn(onMachine())(accessOf)).rejects.toThrow(
      /^this machine has no service account: attach one, or set GOOGLE_APPLICATION_CREDENTIALS$/,
    )
  })
})
