import { asyncScheduler } from 'rxjs'
import { createVerify, createHash, constants, X509Certificate } from 'node:crypto'
import { chmod, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { inspect } from 'node:util'
import { Registry } from 'prom-client'
import { beforeEach, describe, expect, it } from 'vitest'
import { azure } from '../../../src/mechanisms/azure/index.js'
import { cloudOf } from '../../../src/mechanisms/azure/cloud.js'
import { type AzureAccount, AzureIdentity } from '../../../src/mechanisms/azure/identity.js'
import type { Ways } from '../../../src/mechanisms/azure/ways.js'
import { sendOnce } from '../../../src/mechanisms/kit/send-once.js'
import { decodeText, Secret } from '../../../src/yaml/index.js'
import { type Asked, folder, serve } from '../../http/harness.js'
import { issue, newKey } from '../../helpers/pki/issue.js'
import { testContext } from '../../../src/testing/discovery/index.js'

const account: AzureAccount = {
  authentication_method: 'OAuth',
  tenant_id: 't-1',
  client_id: 'c-1',
  client_secret: new Secret('geheim-secret'),
}
const start = Date.UTC(2026, 0, 1)
const hour = 3_600_000

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** What a service was asked: its host, and what tells requests apart. */
let asked: string[] = []
let last: Asked | undefined
let answer: (line: string) => Answer | undefined = () => undefined
let now = start
let files: Readonly<Record<string, string>> = {}
let server = ''

beforeEach(async () => {
  asked = []
  now = start
  files = { '/token': 'geheim-pod\n' }
  answer = usual
  const found = await serve((request, response) => {
    last = request
    const line = lineOf(request)
    asked.push(line)
    const { status = 200, headers, body } = answer(line) ?? { status: 404, body: '' }
    response.writeHead(status, headers).end(body)
  })
  server = found.url.slice(0, -1)
})

function lineOf({ method, url, headers, body }: Asked): string {
  const shown = ['metadata', 'x-identity-header', 'secret', 'authorization']
  const given = shown.map((name) => headers[name]).filter((value) => value !== undefined)
  const form = [...new URLSearchParams(body)].map(([name, value]) => {
    const isLong = name === 'client_assertion' && value.includes('.')
    return isLong ? `${name}=JWT` : `${name}=${value}`
  })
  return [method === 'GET' ? '' : method, decodeURIComponent(url), ...given, ...form]
    .filter((part) => part !== '')
    .join(' ')
}

function usual(line: string): Answer | undefined {
  if (line.includes('Basic') || !line.includes('/arc?')) {
    return { body: '{"access_token":"geheim-token","expires_in":3600,"token_type":"Bearer"}' }
  }
  const realm = 'Basic realm=/var/opt/azcmagent/tokens/a.key'
  return { status: 401, headers: { 'www-authenticate': realm }, body: '' }
}

/** Where a URL leads in these tests: its host becomes the first part of the path. */
function here(url: string): string {
  const { host, pathname, search } = new URL(url)
  return `${server}/${host}${pathname}${search}`
}

function ways(env: Readonly<Record<string, string>> = {}): Ways {
  const { signal } = new AbortController()
  const given = { env, userAgent: 'muster/test', signal }
  const send: Ways['send'] = (request) => sendOnce({ ...request, url: here(request.url) }, given)
  return {
    env,
    signal,
    now: () => now,
    send,
    sendLocal: send,
    readFile: (file) => {
      const text = files[file]
      return text === undefined
        ? Promise.reject(new Error(`ENOENT: no such file, open '${file}'`))
        : Promise.resolve(text)
    },
  }
}

function identityOf(more: Partial<AzureAccount> = {}, cloud = 'AzurePublicCloud'): AzureIdentity {
  return new AzureIdentity({ ...account, ...more }, cloudOf(cloud))
}

const nothing: Partial<AzureAccount> = {
  tenant_id: '',
  client_id: '',
  client_secret: new Secret(''),
}
const sdk: Partial<AzureAccount> = { ...nothing, authentication_method: 'SDK' }
const managed: Partial<AzureAccount> = { ...nothing, authentication_method: 'ManagedIdentity' }
const workload: Partial<AzureAccount> = { ...nothing, authentication_method: 'WorkloadIdentity' }

const audience = 'https://management.core.windows.net/'
const signIn = (tenant: string, client: string, proof: string): string =>
  `POST /login.microsoftonline.com/${tenant}/oauth2/v2.0/token client_id=${client} scope=${audience}/.default grant_type=client_credentials ${proof}`
const byPod =
  'client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer client_assertion=geheim-pod'
const imds = `/169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01`
const pod = {
  AZURE_TENANT_ID: 't-pod',
  AZURE_CLIENT_ID: 'c-pod',
  AZURE_FEDERATED_TOKEN_FILE: '/token',
}
const none = {
  status: 400,
  body: '{"error":"invalid_request","error_description":"Identity not found"}',
}

interface Case {
  readonly title: string
  readonly account?: Partial<AzureAccount>
  readonly env?: Readonly<Record<string, string>>
  readonly answer?: (line: string) => Answer | undefined
  readonly asked: readonly string[]
}

const cases: readonly Case[] = [
  {
    title: 'the secret of the section, whatever the environment has',
    env: pod,
    asked: [signIn('t-1', 'c-1', 'client_secret=geheim-secret')],
  },
  {
    title: 'the metadata service, with the identity of the system',
    account: managed,
    asked: [`${imds}&resource=${audience} true`],
  },
  {
    title: 'the metadata service, with the identity that the section names',
    account: { ...managed, client_id: 'c-9' },
    env: { AZURE_CLIENT_ID: 'c-other' },
    asked: [`${imds}&client_id=c-9&resource=${audience} true`],
  },
  {
    title: 'App Service',
    account: managed,
    env: { IDENTITY_ENDPOINT: 'http://app/msi/token', IDENTITY_HEADER: 'geheim-header' },
    asked: [`/app/msi/token?api-version=2019-08-01&resource=${audience} geheim-header`],
  },
  {
    title: 'Azure Arc, with the secret in the file that it names',
    account: managed,
    env: { IDENTITY_ENDPOINT: 'http://arc:40342/arc', IMDS_ENDPOINT: 'http://arc:40342' },
    asked: [
      `/arc:40342/arc?api-version=2019-11-01&resource=${audience} true`,
      `/arc:40342/arc?api-version=2019-11-01&resource=${audience} true Basic geheim-arc`,
    ],
  },
  {
    title: 'Azure Machine Learning',
    account: { ...managed, client_id: 'c-9' },
    env: { MSI_ENDPOINT: 'http://ml/token', MSI_SECRET: 'geheim-ml' },
    asked: [`/ml/token?api-version=2017-09-01&clientid=c-9&resource=${audience} geheim-ml`],
  },
  {
    title: 'Cloud Shell',
    account: managed,
    env: { MSI_ENDPOINT: 'http://shell/token' },
    asked: [`POST /shell/token true resource=${audience}`],
  },
  {
    title: 'the token of a pod',
    account: workload,
    env: pod,
    asked: [signIn('t-pod', 'c-pod', byPod)],
  },
  {
    title: 'the token of a pod, for the application of the section',
    account: { ...workload, tenant_id: 't-9', client_id: 'c-9' },
    env: pod,
    asked: [signIn('t-9', 'c-9', byPod)],
  },
  {
    title: 'SDK: the secret of the environment, before the token of a pod',
    account: sdk,
    env: { ...pod, AZURE_CLIENT_SECRET: 'geheim-env' },
    asked: [signIn('t-pod', 'c-pod', 'client_secret=geheim-env')],
  },
  {
    title: 'SDK: the token of a pod, before the identity of the machine',
    account: { ...sdk, tenant_id: 't-9' },
    env: pod,
    asked: [signIn('t-9', 'c-pod', byPod)],
  },
  {
    title: 'SDK: the identity of the machine',
    account: sdk,
    env: { AZURE_CLIENT_ID: 'c-env' },
    asked: [`${imds}&client_id=c-env&resource=${audience} true`],
  },
  {
    title: 'SDK: the source that AZURE_TOKEN_CREDENTIALS names',
    account: sdk,
    env: {
      ...pod,
      AZURE_CLIENT_SECRET: 'geheim-env',
      AZURE_TOKEN_CREDENTIALS: 'workloadidentitycredential',
    },
    asked: [signIn('t-pod', 'c-pod', byPod)],
  },
]

describe('the token for Azure', () => {
  beforeEach(() => {
    files = { ...files, '/var/opt/azcmagent/tokens/a.key': 'geheim-arc' }
  })

  it.each(cases.map((one) => [one.title, one] as const))('comes from %s', async (_, one) => {
    const token = await identityOf(one.account).token(ways(one.env))
    expect(token).toEqual({ value: 'geheim-token', expiresAt: start + hour })
    expect(asked).toEqual(one.asked)
  })

  it.each([
    ['AzureCloud', 'login.microsoftonline.com', 'https://management.core.windows.net/'],
    ['azuregermancloud', 'login.microsoftonline.com', 'https://management.core.windows.net/'],
    ['AzureChinaCloud', 'login.chinacloudapi.cn', 'https://management.core.chinacloudapi.cn'],
    ['AzureUSGovernment', 'login.microsoftonline.us', 'https://management.core.usgovcloudapi.net'],
    [
      'AzureUSGovernmentCloud',
      'login.microsoftonline.us',
      'https://management.core.usgovcloudapi.net',
    ],
  ])('is that of the environment %s', async (environment, host, scope) => {
    await identityOf({}, environment).token(ways())
    expect(asked[0]).toContain(`POST /${host}/t-1/oauth2/v2.0/token`)
    expect(asked[0]).toContain(` scope=${scope}/.default `)
  })

  it.each(['', 'geheim-password'])(
    'comes by a certificate of the environment, with the password "%s" of its key',
    async (password) => {
      const key = newKey(2048)
      const other = issue({ name: 'other' })
      const own = issue({ name: 'c', key })
      const pem = key.export(
        password === ''
          ? { type: 'pkcs8', format: 'pem' }
          : { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: password },
      )
      files = { '/cert.pem': `${pem.toString()}${other.pem}${own.pem}` }
      const env = {
        AZURE_TENANT_ID: 't-1',
        AZURE_CLIENT_ID: 'c-1',
        AZURE_CLIENT_CERTIFICATE_PATH: '/cert.pem',
        AZURE_CLIENT_CERTIFICATE_PASSWORD: password,
        AZURE_CLIENT_SEND_CERTIFICATE_CHAIN: password === '' ? '' : 'true',
      }
      await identityOf(sdk).token(ways(env))
      expect(asked).toEqual([signIn('t-1', 'c-1', byPod.replace('geheim-pod', 'JWT'))])
      const jwt = new URLSearchParams(last?.body).get('client_assertion') ?? ''
      const [head = '', claims = '', signature = ''] = jwt.split('.')
      const { raw } = new X509Certificate(own.pem)
      expect(parsed(head)).toEqual({
        alg: 'PS256',
        typ: 'JWT',
        'x5t#S256': createHash('sha256').update(raw).digest('base64url'),
        ...(password === ''
          ? {}
          : {
              x5c: [raw, new X509Certificate(other.pem).raw].map((der) => der.toString('base64')),
            }),
      })
      expect(parsed(claims)).toEqual({
        aud: 'https://login.microsoftonline.com/t-1/oauth2/v2.0/token',
        iss: 'c-1',
        sub: 'c-1',
        jti: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        iat: start / 1000,
        nbf: start / 1000,
        exp: start / 1000 + 600,
      })
      const verifying = createVerify('sha256').update(`${head}.${claims}`)
      const padding = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
      const isSigned = verifying.verify(
        { key: own.pem, ...padding },
        Buffer.from(signature, 'base64url'),
      )
      expect(isSigned).toBe(true)
    },
  )

  it.each([
    ['a newer az', '{"accessToken":"geheim-az","expires_on":1767229200,"expiresOn":"x"}'],
    ['an older az', '{"accessToken":"geheim-az","expiresOn":"2026-01-01 01:00:00.000000"}'],
  ])('comes by %s where a person has signed in, last of all', async (_, printed) => {
    answer = (line) => (line.includes('169.254') ? none : undefined)
    const args = path.join(folder({}), 'args')
    const bin = await commandAz(`echo "$@" > ${args}; echo '${printed}'`)
    const token = await identityOf({ ...sdk, tenant_id: 't-9' }).token(
      ways({ PATH: bin, TZ: 'UTC' }),
    )
    expect(token.value).toBe('geheim-az')
    // The older one prints the time of this place.
    const offset = new Date(start).getTimezoneOffset() * 60_000
    expect([start + hour, start + hour + offset]).toContain(token.expiresAt)
  })

  it.each<readonly [title: string, of: Partial<Case>, says: string | RegExp]>([
    [
      'a tenant that would lead elsewhere',
      { account: { tenant_id: '../evil' } },
      '"../evil" is not the id or a domain of a tenant',
    ],
    [
      'an application with a wrong secret',
      {
        answer: () => ({
          status: 401,
          body: JSON.stringify({
            error: 'invalid_client',
            error_description:
              'AADSTS7000215: Invalid client secret geheim-secret provided.\r\nTrace ID: 1',
          }),
        }),
      },
      /^client c-1 cannot sign in: http:.*\/token: 401 Unauthorized: invalid_client: AADSTS7000215: Invalid client secret <secret> provided\.$/,
    ],
    [
      'an answer without a token',
      { answer: () => ({ body: '{"geheim":1}' }) },
      /: the answer has no access_token$/,
    ],
    [
      'an answer that is not JSON',
      { answer: () => ({ body: 'geheim' }) },
      /: the answer has no access_token$/,
    ],
    [
      'a token without an end',
      { answer: () => ({ body: '{"access_token":"geheim-x"}' }) },
      /: the answer does not say when the token expires$/,
    ],
    [
      'a machine without an identity',
      { account: managed, answer: () => none },
      /^managed identity \(instance metadata\): http:.*: 400 Bad Request: invalid_request: Identity not found$/,
    ],
    [
      'a machine of Service Fabric',
      {
        account: managed,
        env: { IDENTITY_ENDPOINT: 'a', IDENTITY_HEADER: 'b', IDENTITY_SERVER_THUMBPRINT: 'c' },
      },
      /^managed identities of Service Fabric cannot be used: /,
    ],
    [
      'a client id on Azure Arc',
      {
        account: { ...managed, client_id: 'c' },
        env: { IDENTITY_ENDPOINT: 'http://arc/arc', IMDS_ENDPOINT: 'b' },
      },
      'client_id: a machine of Azure Arc has one managed identity; leave it out',
    ],
    [
      'a file that is not of Azure Arc',
      {
        account: managed,
        env: { IDENTITY_ENDPOINT: 'http://arc/arc', IMDS_ENDPOINT: 'b' },
        answer: () => ({
          status: 401,
          headers: { 'www-authenticate': 'Basic realm=/var/opt/azcmagent/tokens/../a.key' },
          body: '',
        }),
      },
      /: 401 Unauthorized, and the answer names no file in \/var\/opt\/azcmagent\/tokens$/,
    ],
    [
      'a file of Azure Arc that may not be read',
      {
        account: managed,
        env: { IDENTITY_ENDPOINT: 'http://arc/arc', IMDS_ENDPOINT: 'b' },
        answer: () => ({
          status: 401,
          headers: { 'www-authenticate': 'Basic realm=/var/opt/azcmagent/tokens/none.key' },
          body: '',
        }),
      },
      /ENOENT.*: add the user that muster runs as to the group himds$/,
    ],
    [
      'a pod without the webhook',
      { account: workload, env: { AZURE_CLIENT_ID: 'c' } },
      'workload identity: set AZURE_FEDERATED_TOKEN_FILE and AZURE_TENANT_ID',
    ],
    [
      'a pod without its token',
      { account: workload, env: { ...pod, AZURE_FEDERATED_TOKEN_FILE: '/none' } },
      /^unable to read \/none: ENOENT/,
    ],
    [
      'the sign-in of a person',
      {
        account: sdk,
        env: { AZURE_TENANT_ID: 't', AZURE_CLIENT_ID: 'c', AZURE_USERNAME: 'u' },
      },
      /^environment: AZURE_USERNAME and AZURE_PASSWORD .*: set AZURE_CLIENT_SECRET$/,
    ],
    [
      'a certificate that is not PEM',
      {
        account: sdk,
        env: {
          AZURE_TENANT_ID: 't',
          AZURE_CLIENT_ID: 'c',
          AZURE_CLIENT_CERTIFICATE_PATH: '/token',
        },
      },
      /^\/token has no certificate in PEM: make one of a \.pfx by openssl pkcs12/,
    ],
    [
      'a source that is not known',
      { account: sdk, env: { AZURE_TOKEN_CREDENTIALS: 'AzurePowerShellCredential' } },
      /^AZURE_TOKEN_CREDENTIALS: muster does not know "AzurePowerShellCredential": use one of prod, dev, EnvironmentCredential, /,
    ],
    [
      'no source at all',
      { account: sdk, env: { PATH: '/nowhere' }, answer: () => none },
      /^no credentials for Azure: EnvironmentCredential: environment: set AZURE_TENANT_ID and AZURE_CLIENT_ID; WorkloadIdentityCredential: workload identity: set .*; ManagedIdentityCredential: managed identity .* Identity not found; AzureCLICredential: there is no command az$/,
    ],
    [
      'sources for production alone',
      {
        account: sdk,
        env: { PATH: '/nowhere', AZURE_TOKEN_CREDENTIALS: 'prod' },
        answer: () => none,
      },
      /^no credentials for Azure: .*; ManagedIdentityCredential: [^;]*$/,
    ],
  ])('is an error that says what to change for %s', async (_, of, says) => {
    if (of.answer !== undefined) answer = of.answer
    const failed = identityOf(of.account).token(ways(of.env))
    await expect(failed).rejects.toThrow(says)
    const code = expect.stringMatching(/^ERR_(?:AZURE_CREDENTIALS|HTTP)$/) as unknown
    await expect(failed).rejects.toMatchObject({ code })
    expect(inspect(await failed.catch((error: unknown) => error), { depth: 9 })).not.toMatch(
      /geheim/,
    )
  })

  it.each([
    ['ends with an error', 'echo geheim >&2; exit 3', 'ended with 3: run it by hand, or az login'],
    ['prints no JSON', 'echo geheim', 'prints no JSON'],
    ['prints no token', 'echo "{}"', 'prints no token'],
  ])('is an error where az %s', async (_, script, says) => {
    const env = { PATH: await commandAz(script), AZURE_TOKEN_CREDENTIALS: 'dev' }
    const failed = identityOf(sdk).token(ways(env))
    await expect(failed).rejects.toThrow(`az account get-access-token ${says}`)
    expect(inspect(await failed.catch((error: unknown) => error), { depth: 9 })).not.toMatch(
      /geheim/,
    )
  })

  it('is not looked for elsewhere where the credentials that are there are refused', async () => {
    answer = () => ({ status: 401, body: '{"error":"invalid_client"}' })
    const env = { ...pod, AZURE_CLIENT_SECRET: 'geheim-env' }
    await expect(identityOf(sdk).token(ways(env))).rejects.toThrow(
      '401 Unauthorized: invalid_client',
    )
    expect(asked).toHaveLength(1)
  })

  it('waits for as long as the login asks', async () => {
    answer = () => ({ status: 429, headers: { 'retry-after': '30' }, body: '{}' })
    await expect(identityOf().token(ways())).rejects.toMatchObject({ retryAfterMs: 30_000 })
  })

  it('is kept until five minutes before it expires, and then asked for again', async () => {
    const identity = identityOf()
    await identity.token(ways())
    now = start + hour - 300_001
    await identity.token(ways())
    expect(asked).toHaveLength(1)
    now += 1
    expect((await identity.token(ways())).expiresAt).toBe(now + hour)
    expect(asked).toHaveLength(2)
  })

  it('says in a text or on a clock when it expires', async () => {
    const until = String((start + hour) / 1000)
    answer = () => ({ body: JSON.stringify({ access_token: 'geheim-token', expires_on: until }) })
    expect((await identityOf(managed).token(ways())).expiresAt).toBe(start + hour)
  })

  it('stays in use while it is good and no other can be had', async () => {
    const identity = identityOf()
    const first = await identity.token(ways())
    answer = () => ({ status: 500, body: '' })
    now = start + hour - 60_001
    expect(await identity.token(ways())).toBe(first)
    expect(await identity.token(ways())).toBe(first)
    // It does not ask again before a minute has passed.
    expect(asked).toHaveLength(2)
    now = start + hour
    await expect(identity.token(ways())).rejects.toThrow('500')
  })

  it('is asked for once by all who want it at a time', async () => {
    const identity = identityOf()
    const all = await Promise.all([1, 2, 3].map(() => identity.token(ways())))
    expect(new Set(all).size).toBe(1)
    expect(asked).toHaveLength(1)
  })

  it('is asked for again once Azure has refused it', async () => {
    const identity = identityOf()
    identity.refused(await identity.token(ways()))
    await identity.token(ways())
    expect(asked).toHaveLength(2)
  })
})

describe('an environment that is not known', () => {
  it('is an error, in capitals, as soon as the section is used', () => {
    const mechanism = azure({ registry: new Registry(), env: {}, userAgent: 'muster/test' })
    const { value } = decodeText(
      mechanism.section,
      '/nowhere/p.yml',
      '{environment: AzureMoonCloud, subscription_id: s, authentication_method: SDK}',
    )
    expect(() => mechanism.create(value, testContext(asyncScheduler))).toThrow(
      'could not create Azure client: there is no cloud configuration matching the name "AZUREMOONCLOUD"',
    )
  })
})

/** Makes a command `az`. @returns the folder that it is in, before the usual ones */
async function commandAz(script: string): Promise<string> {
  const bin = folder({})
  const file = path.join(bin, 'az')
  await writeFile(file, `#!/bin/sh\n${script}\n`)
  await chmod(file, 0o755)
  return `${bin}:${process.env['PATH'] ?? ''}`
}

function parsed(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}
