import { createPublicKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { serve } from '../../http/harness.js'
import type { CloudRequest, WholeAnswer } from '../suite/clouds.js'
import { type Seen, tenancyOf, type Tenancy } from './polls.js'
import { signed } from './signed.js'

const fixture = (name: string): string =>
  readFileSync(path.join(import.meta.dirname, 'fixtures', name), 'utf8')
const leaf = new X509Certificate(fixture('leaf.pem'))
const hour = 3_600_000
const auth = 'POST https://auth.eu-frankfurt-1.oraclecloud.com/v1/x509'

afterEach(() => {
  vi.useRealTimers()
})

interface Exchange {
  readonly certificate: string
  readonly publicKey: string
  readonly intermediateCertificates: readonly string[]
  readonly fingerprintAlgorithm: string
}

/** An instance of Oracle's cloud, and the services that it may ask. */
class Instance {
  readonly asked: string[] = []
  /** What its metadata service says, by path. */
  metadata: Record<string, string | undefined> = {
    '/instance/region': 'fra',
    '/identity/cert.pem': fixture('leaf.pem'),
    '/identity/key.pem': fixture('leaf-key.pem'),
    '/identity/intermediate.pem': fixture('intermediate.pem'),
  }
  /** What the exchange of a certificate is refused with; undefined where it is not. */
  refusal: Omit<WholeAnswer, 'kind'> | undefined
  /** What the next request to the API is refused with. */
  apiStatus = 200
  /** The token that it gives next. */
  token = (): string => tokenFor({ exp: Math.floor((Date.now() + hour) / 1000) })
  #session = ''
  #sessionToken = ''

  answer({ line, headers, body }: CloudRequest): Omit<WholeAnswer, 'kind'> {
    this.asked.push(line)
    const url = new URL(line.replace('POST ', ''))
    const path = url.pathname + url.search
    if (line !== auth) {
      const key = createPublicKey({
        key: Buffer.from(this.#session, 'base64'),
        format: 'der',
        type: 'spki',
      })
      const found = signed({ method: 'GET', path, headers, body }, key)
      expect(found).toBe(`ST$${this.#sessionToken} date (request-target) host`)
      const { apiStatus: status } = this
      this.apiStatus = 200
      return { status, body: '[]' }
    }
    if (this.refusal !== undefined) return this.refusal
    const fingerprint = leaf.fingerprint256.toLowerCase()
    expect(signed({ method: 'POST', path, headers, body }, leaf.publicKey)).toBe(
      `ocid1.tenancy.oc1..t/fed-x509-sha256/${fingerprint} date (request-target) content-length content-type x-content-sha256`,
    )
    const given = JSON.parse(body) as Exchange
    expect(given).toMatchObject({
      certificate: leaf.raw.toString('base64'),
      intermediateCertificates: [
        new X509Certificate(fixture('intermediate.pem')).raw.toString('base64'),
      ],
      fingerprintAlgorithm: 'SHA256',
    })
    this.#session = given.publicKey
    this.#sessionToken = this.token()
    return { body: JSON.stringify({ token: this.#sessionToken }) }
  }

  async polls(env: Readonly<Record<string, string>> = {}): Promise<Tenancy> {
    const { url } = await serve(({ url: at, headers }, response) => {
      const said = headers.authorization === 'Bearer Oracle' ? this.metadata[at] : undefined
      response.writeHead(said === undefined ? 404 : 200).end(said)
    })
    return tenancyOf(
      {
        auth: 'instance_principal',
        tenancy: '',
        user: '',
        fingerprint: '',
        region: 'eu-frankfurt-1',
        compartments: ['a'],
      },
      (request) => this.answer(request),
      { OCI_METADATA_BASE_URL: url, ...env },
    )
  }
}

function tokenFor(claims: unknown): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.geheim`
}

const found: Seen = { found: { 'OCI/a': [] } }
const list =
  'https://iaas.eu-frankfurt-1.oraclecloud.com/20160918/instances?compartmentId=a&limit=100'

describe('the key of an instance', () => {
  it('is one of its own, for which it gets a token by its certificate', async () => {
    const instance = new Instance()
    const { poll } = await instance.polls()
    expect(await poll()).toEqual(found)
    expect(instance.asked).toEqual([auth, list])
  })

  it('leads to the compartments of the tenancy that the certificate names', async () => {
    const instance = new Instance()
    const { poll } = await tenancyOfAll(instance)
    expect(await poll()).toEqual({ found: { 'OCI/ocid1.tenancy.oc1..t': [] } })
  })

  it('is used until five minutes before the token expires', async () => {
    const instance = new Instance()
    const { poll } = await instance.polls()
    const start = Date.now()
    await poll()
    await poll()
    vi.useFakeTimers({ toFake: ['Date'], now: start + hour - 200_000 })
    await poll()
    expect(instance.asked).toEqual([auth, list, list, auth, list])
  })

  it('is used until the token expires where it cannot be renewed', async () => {
    const instance = new Instance()
    const { poll } = await instance.polls()
    const start = Date.now()
    await poll()
    instance.refusal = { status: 500, body: '' }
    vi.useFakeTimers({ toFake: ['Date'], now: start + hour - 200_000 })
    expect(await poll()).toEqual(found)
    vi.setSystemTime(start + hour + 60_000)
    await expect(poll()).rejects.toThrow('server returned HTTP status 500')
  })

  it('is another one after Oracle has refused it', async () => {
    const instance = new Instance()
    const { poll } = await instance.polls()
    instance.apiStatus = 401
    await expect(poll()).rejects.toMatchObject({ status: 401 })
    expect(await poll()).toEqual(found)
    expect(instance.asked).toEqual([auth, list, auth, list])
  })

  it.each<[string, (instance: Instance) => void, string]>([
    [
      'its metadata service does not know it',
      (instance) => (instance.metadata = {}),
      '/instance/region: 404 Not Found',
    ],
    [
      'its region is no part of a host name',
      (instance) => (instance.metadata['/instance/region'] = 'evil/'),
      '"evil/" is not the name of an OCI region',
    ],
    [
      'its certificate cannot be read',
      (instance) => (instance.metadata['/identity/cert.pem'] = 'geheim'),
      'the certificate of this instance cannot be read',
    ],
    [
      'its certificate names no tenancy',
      (instance) => (instance.metadata['/identity/cert.pem'] = fixture('intermediate.pem')),
      'the certificate of this instance names no tenancy',
    ],
    [
      'its key cannot be read',
      (instance) => (instance.metadata['/identity/key.pem'] = 'geheim'),
      'the key of the certificate of this instance cannot be read',
    ],
    [
      'its token cannot be read',
      (instance) => (instance.token = () => 'geheim.geheim.geheim'),
      'the token that Oracle has given to this instance cannot be read',
    ],
    [
      'its token does not say when it expires',
      (instance) => (instance.token = () => tokenFor({})),
      'the token that Oracle has given to this instance cannot be read',
    ],
  ])('is an error where %s', async (_, spoil, says) => {
    const instance = new Instance()
    spoil(instance)
    const { poll } = await instance.polls()
    const failure: unknown = await poll().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ERR_OCI_KEY' })
    expect(String(failure)).toContain(says)
    expect(String(failure)).not.toContain('geheim')
  })

  it('is an error that says so on a machine that is no instance', async () => {
    const instance = new Instance()
    const { poll } = await instance.polls({ OCI_METADATA_BASE_URL: 'http://127.0.0.1:9/' })
    await expect(poll()).rejects.toThrow(
      /^no metadata of an instance of Oracle's cloud: .*ECONNREFUSED/,
    )
  })

  it('is an error in the words of Oracle where the certificate is refused', async () => {
    const instance = new Instance()
    instance.refusal = { status: 401, body: '{"code":"NotAuthenticated","message":"expired"}' }
    const { poll } = await instance.polls()
    await expect(poll()).rejects.toMatchObject({ status: 401 })
  })
})

function tenancyOfAll(instance: Instance): Promise<Tenancy> {
  return serve(({ url }, response) => void response.end(instance.metadata[url])).then(({ url }) =>
    tenancyOf(
      { auth: 'instance_principal', region: 'eu-frankfurt-1' },
      (request) => instance.answer(request),
      { OCI_METADATA_BASE_URL: url },
    ),
  )
}
