import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import { buffer } from 'node:stream/consumers'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { type AwsAccount, AwsIdentity } from '../../../src/mechanisms/aws/identity.js'
import type { Ways } from '../../../src/mechanisms/aws/ways.js'
import { sendOnce } from '../../../src/mechanisms/kit/send-once.js'
import { Secret } from '../../../src/yaml/index.js'
import { listen } from '../../helpers/listen.js'

const account: AwsAccount = {
  region: 'eu-west-1',
  access_key: '',
  secret_key: new Secret(''),
  profile: '',
  role_arn: '',
  external_id: '',
}
const ownKeys = { access_key: 'OWN', secret_key: new Secret('geheim-own') }
const role = 'arn:aws:iam::1:role/r'
const start = Date.UTC(2026, 0, 1)
const hour = 3_600_000

/** What a service of AWS or of the machine was asked: method, path, and what else counts. */
let asked: string[] = []
/** When the keys that it gives expire; Unix milliseconds. */
let expires = start + hour
let answers: (line: string) => string | undefined = () => undefined
let address = ''
let folder = ''
let now = start

beforeEach(async () => {
  asked = []
  now = start
  expires = start + hour
  answers = usualAnswers
  address = (
    await listen(
      createServer((request, response) => {
        void buffer(request).then((body) => {
          const line = lineOf(request.method, request.url, request.headers, body.toString())
          asked.push(line)
          const answer = answers(line)
          response.writeHead(answer === undefined ? 404 : 200).end(answer)
        })
      }),
    )
  ).address
  folder = await mkdtemp(path.join(tmpdir(), 'muster-aws-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

function lineOf(
  method = '',
  url = '',
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
): string {
  const form = new URLSearchParams(body)
  const action = form.get('Action')
  if (action === null) {
    const token = headers['x-aws-ec2-metadata-token'] ?? headers['authorization']
    return [method, url, token].filter((part) => part !== undefined).join(' ')
  }
  const by = /Credential=(\w+)/.exec(String(headers['authorization']))?.[1] ?? 'unsigned'
  const known = ['RoleArn', 'RoleSessionName', 'ExternalId', 'DurationSeconds', 'WebIdentityToken']
  const given = known.map((name) => form.get(name)).filter((value) => value !== null)
  return [action, by, ...given].join(' ')
}

function usualAnswers(line: string): string | undefined {
  const expiration = new Date(expires).toISOString()
  const machineKeys = (id: string): string =>
    JSON.stringify({
      Code: 'Success',
      AccessKeyId: id,
      SecretAccessKey: 'geheim-key',
      Token: 'geheim-token',
      Expiration: expiration,
    })
  if (line.startsWith('PUT /latest/api/token')) return 'geheim-imds'
  if (line === 'GET /latest/meta-data/iam/security-credentials/ geheim-imds') return 'my role\n'
  if (line === 'GET /latest/meta-data/iam/security-credentials/my geheim-imds') {
    return machineKeys('IMDS')
  }
  if (line === 'GET /latest/dynamic/instance-identity/document geheim-imds') {
    return '{"region":"eu-south-2","accountId":"1"}'
  }
  if (line === 'GET /container geheim-pod') return machineKeys('POD')
  const [, action = '', by = ''] = /^(AssumeRole\w*) (\w+)/.exec(line) ?? []
  if (action === '') return undefined
  return `<${action}Response><${action}Result><Credentials><AccessKeyId>${by}2</AccessKeyId><SecretAccessKey>geheim-key</SecretAccessKey><SessionToken>geheim-token</SessionToken><Expiration>${expiration}</Expiration></Credentials></${action}Result></${action}Response>`
}

/** Writes a file. @returns its path */
async function file(name: string, text: string): Promise<string> {
  const at = path.join(folder, name)
  await writeFile(at, text)
  return at
}

/** The ways to the server of the test, with this environment. */
function ways(env: Readonly<Record<string, string>> = {}): Ways {
  const { signal } = new AbortController()
  const given = { env: withServer(env), userAgent: 'muster/test', signal }
  return {
    ...given,
    now: () => now,
    send: (request) => sendOnce(request, given),
    sendLocal: (request) => sendOnce(request, given),
  }
}

function withServer(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const server = `http://${address}`
  return { AWS_EC2_METADATA_SERVICE_ENDPOINT: server, AWS_ENDPOINT_URL_STS: server, ...env }
}

const envKeys = { AWS_ACCESS_KEY_ID: 'ENV', AWS_SECRET_ACCESS_KEY: 'geheim-env' }
const imds = [
  'PUT /latest/api/token',
  'GET /latest/meta-data/iam/security-credentials/ geheim-imds',
  'GET /latest/meta-data/iam/security-credentials/my geheim-imds',
]

interface Case {
  readonly title: string
  readonly account?: Partial<AwsAccount>
  readonly env?: Readonly<Record<string, string>>
  readonly config?: string
  readonly credentials?: string
  readonly accessKey: string
  readonly asked?: readonly string[]
}

const cases: readonly Case[] = [
  {
    title: 'the section, before the environment',
    account: ownKeys,
    env: envKeys,
    accessKey: 'OWN',
  },
  {
    title: 'the environment, before the files',
    env: envKeys,
    credentials: keysAs('default', 'FILE'),
    accessKey: 'ENV',
  },
  { title: 'the default profile', credentials: keysAs('default', 'FILE'), accessKey: 'FILE' },
  {
    title: 'the profile that AWS_PROFILE names',
    env: { AWS_PROFILE: 'ops' },
    credentials: keysAs('ops', 'OPS'),
    accessKey: 'OPS',
  },
  {
    title: 'the profile of the section, before the environment',
    account: { profile: 'ops' },
    env: envKeys,
    credentials: keysAs('ops', 'OPS'),
    accessKey: 'OPS',
  },
  {
    title: 'the credentials file, before the config file',
    config: keysAs('profile ops', 'CONFIG'),
    credentials: keysAs('ops', 'OPS'),
    account: { profile: 'ops' },
    accessKey: 'OPS',
  },
  {
    title: 'a quoted profile, whatever stands around it',
    account: { profile: 'a b' },
    config: `# note\n[sso-session a b]\nregion = x\n[profile "a b"]\ns3 =\n  aws_access_key_id = NO\naws_access_key_id=AB ; note\naws_secret_access_key = geheim\n`,
    accessKey: 'AB',
  },
  {
    title: 'the role of the section',
    account: { ...ownKeys, role_arn: role, external_id: 'ext' },
    accessKey: 'OWN2',
    asked: [`AssumeRole OWN ${role} muster ext`],
  },
  {
    title: 'a role by way of two profiles',
    account: { profile: 'c' },
    config: `[profile b]\nrole_arn = rb\nsource_profile = a\n[profile c]\nrole_arn = rc\nsource_profile = b\nexternal_id = e\nrole_session_name = me\nduration_seconds = 900\n`,
    credentials: keysAs('a', 'A'),
    accessKey: 'A22',
    asked: ['AssumeRole A rb muster', 'AssumeRole A2 rc me e 900'],
  },
  {
    title: 'a role whose profile is its own source',
    account: { profile: 'a' },
    config: `[profile a]\nrole_arn = ra\nsource_profile = a\n`,
    credentials: keysAs('a', 'A'),
    accessKey: 'A2',
    asked: ['AssumeRole A ra muster'],
  },
  {
    title: 'a role with keys of the environment',
    account: { profile: 'a' },
    env: envKeys,
    config: `[profile a]\nrole_arn = ra\ncredential_source = Environment\n`,
    accessKey: 'ENV2',
    asked: ['AssumeRole ENV ra muster'],
  },
  {
    title: 'a role with keys of the instance',
    account: { profile: 'a' },
    config: `[profile a]\nrole_arn = ra\ncredential_source = Ec2InstanceMetadata\n`,
    accessKey: 'IMDS2',
    asked: [...imds, 'AssumeRole IMDS ra muster'],
  },
  {
    title: 'the token of a pod',
    env: {
      AWS_ROLE_ARN: role,
      AWS_WEB_IDENTITY_TOKEN_FILE: '{folder}/token',
      AWS_ROLE_SESSION_NAME: 'pod',
    },
    accessKey: 'unsigned2',
    asked: [`AssumeRoleWithWebIdentity unsigned ${role} pod geheim-pod`],
  },
  {
    title: 'the token of a profile',
    account: { profile: 'a' },
    config: `[profile a]\nrole_arn = ra\nweb_identity_token_file = {folder}/token\n`,
    accessKey: 'unsigned2',
    asked: ['AssumeRoleWithWebIdentity unsigned ra muster geheim-pod'],
  },
  {
    title: 'a process',
    account: { profile: 'a' },
    env: { WORD: 'PROC' },
    config: `[profile a]\ncredential_process = echo "{\\"Version\\":1,\\"AccessKeyId\\":\\"$WORD\\",\\"SecretAccessKey\\":\\"geheim\\"}"\n`,
    accessKey: 'PROC',
  },
  {
    title: 'a container, with a token of its environment',
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://{address}/container',
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'geheim-pod',
    },
    accessKey: 'POD',
    asked: ['GET /container geheim-pod'],
  },
  {
    title: 'a pod of EKS, with a token in a file',
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://{address}/container',
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '{folder}/token',
    },
    accessKey: 'POD',
    asked: ['GET /container geheim-pod'],
  },
  { title: 'the EC2 instance, last of all', accessKey: 'IMDS', asked: imds },
]

/** A section with the profile `a`, and the lines of that profile. */
function config(lines: string): Partial<Case> {
  return { account: { profile: 'a' }, config: `[profile a]\n${lines}\n` }
}

function keysAs(section: string, id: string): string {
  return `[${section}]\naws_access_key_id = ${id}\naws_secret_access_key = geheim-file\n`
}

function filled(text: string): string {
  return text.replaceAll('{folder}', folder).replaceAll('{address}', address)
}

/** The environment of a case, with its files. */
async function environmentOf({
  env = {},
  config: lines = '',
  credentials = '',
}: Partial<Case>): Promise<Readonly<Record<string, string>>> {
  await file('token', 'geheim-pod\n')
  return {
    AWS_CONFIG_FILE: await file('config', filled(lines)),
    AWS_SHARED_CREDENTIALS_FILE: await file('credentials', credentials),
    ...Object.fromEntries(Object.entries(env).map(([name, value]) => [name, filled(value)])),
  }
}

describe('the keys for AWS', () => {
  it.each(cases.map((one) => [one.title, one] as const))('come from %s', async (_, one) => {
    const identity = new AwsIdentity({ ...account, ...one.account })
    const keys = await identity.keys(ways(await environmentOf(one)))
    expect(keys.accessKey).toBe(one.accessKey)
    expect(asked).toEqual(one.asked ?? [])
  })

  it.each<readonly [title: string, of: Partial<Case>, says: string | RegExp]>([
    [
      'a profile that is in no file',
      { account: { profile: 'x' } },
      /^AWS profile "x" is not in .*config and .*credentials$/,
    ],
    [
      'a profile that signs in with a browser',
      config('sso_session = s\nsso_account_id = 1'),
      /^profile "a" signs in with a browser \(sso_session\), which muster cannot do: use a role, .*aws configure export-credentials/,
    ],
    [
      'a profile that asks for a code',
      config('role_arn = r\nmfa_serial = m'),
      /^profile "a" asks for a code/,
    ],
    [
      'a source that is not known',
      config('credential_source = Moon'),
      /has to be Environment, Ec2InstanceMetadata or EcsContainer$/,
    ],
    [
      'profiles that lead back',
      {
        account: { profile: 'a' },
        config: '[profile a]\nsource_profile = b\n[profile b]\nsource_profile = a',
      },
      'source_profile of profile "b" leads back to it',
    ],
    [
      'a process that fails',
      config('credential_process = echo geheim-out; echo geheim-err >&2; exit 3'),
      'credential_process of profile "a" ended with 3: run it by hand',
    ],
    [
      'a process that prints something else',
      config('credential_process = echo geheim'),
      'credential_process of profile "a": the answer is not JSON',
    ],
    [
      'a container that is not of this machine',
      { env: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://192.0.2.1/' } },
      /has to begin with https:\/\/, or name this machine$/,
    ],
    [
      'a token file that is missing',
      { env: { AWS_WEB_IDENTITY_TOKEN_FILE: '{folder}/none', AWS_ROLE_ARN: role } },
      /^unable to read the token: ENOENT: no such file or directory, .*none'$/,
    ],
    [
      'a token without a role',
      { env: { AWS_WEB_IDENTITY_TOKEN_FILE: '{folder}/token' } },
      'AWS_WEB_IDENTITY_TOKEN_FILE is set: set AWS_ROLE_ARN, too',
    ],
    [
      'no source at all',
      { env: { AWS_EC2_METADATA_DISABLED: 'true' } },
      /^no AWS keys: there are none in the config .*AWS_EC2_METADATA_DISABLED\)$/,
    ],
  ])('say what to change for %s', async (_, of, says) => {
    const identity = new AwsIdentity({ ...account, ...of.account })
    const failed = identity.keys(ways(await environmentOf(of)))
    await expect(failed).rejects.toThrow(says)
    await expect(failed).rejects.toMatchObject({ code: 'ERR_AWS_CREDENTIALS' })
    expect(inspect(await failed.catch((error: unknown) => error), { depth: 9 })).not.toMatch(
      /geheim/,
    )
  })

  it('are refused with the words of STS, without what it repeats of the request', async () => {
    answers = () => undefined
    const denied = new AwsIdentity({ ...account, ...ownKeys, role_arn: role })
    await expect(denied.keys(ways())).rejects.toThrow(`AssumeRole ${role}: 404 Not Found`)
    answers = () =>
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>geheim-own may not</Message></Error></ErrorResponse>'
    await expect(denied.keys(ways())).rejects.toThrow(
      `AssumeRole ${role}: AccessDenied: <secret> may not`,
    )
  })

  it('are kept until five minutes before they expire, and then asked for again', async () => {
    const identity = new AwsIdentity({ ...account, ...ownKeys, role_arn: role })
    await identity.keys(ways())
    now = expires - 300_001
    await identity.keys(ways())
    expect(asked).toHaveLength(1)
    now += 1
    expires = now + hour
    await identity.keys(ways())
    expect(asked).toHaveLength(2)
  })

  it('stay in use while they are good and others cannot be had', async () => {
    const identity = new AwsIdentity({ ...account, ...ownKeys, role_arn: role })
    const first = await identity.keys(ways())
    answers = () => undefined
    now = expires - 60_001
    expect(await identity.keys(ways())).toBe(first)
    expect(await identity.keys(ways())).toBe(first)
    // It does not ask again before a minute has passed.
    expect(asked).toHaveLength(2)
    now = expires
    await expect(identity.keys(ways())).rejects.toThrow('404')
  })

  it('are asked for once by all who want them at a time', async () => {
    const identity = new AwsIdentity({ ...account, ...ownKeys, role_arn: role })
    const all = await Promise.all([1, 2, 3].map(() => identity.keys(ways())))
    expect(new Set(all).size).toBe(1)
    expect(asked).toHaveLength(1)
  })

  it('are looked up again once AWS has refused them, unless they are in the config', async () => {
    const identity = new AwsIdentity({ ...account, ...ownKeys, role_arn: role })
    expect(identity.refused(await identity.keys(ways()))).toBe(true)
    await identity.keys(ways())
    expect(asked).toHaveLength(2)
    const fixed = new AwsIdentity({ ...account, ...ownKeys })
    expect(fixed.refused(await fixed.keys(ways()))).toBe(false)
  })
})

describe('the region', () => {
  it.each<readonly [title: string, of: Partial<Case>, region: string]>([
    ['the section', { account: { region: 'one' }, env: { AWS_REGION: 'two' } }, 'one'],
    ['AWS_REGION', { env: { AWS_REGION: 'two', AWS_DEFAULT_REGION: 'three' } }, 'two'],
    ['AWS_DEFAULT_REGION', { env: { AWS_DEFAULT_REGION: 'three' } }, 'three'],
    [
      'the default profile',
      { account: { profile: 'a' }, config: '[default]\nregion = four\n[profile a]\nregion = five' },
      'four',
    ],
    [
      'the profile that AWS_PROFILE names',
      { env: { AWS_PROFILE: 'a' }, config: '[default]\nregion = four\n[profile a]\nregion = five' },
      'five',
    ],
    [
      'the profile of the section, where no other names one',
      { account: { profile: 'a' }, config: '[profile a]\nregion = five' },
      'five',
    ],
    ['the EC2 instance', {}, 'eu-south-2'],
  ])('is that of %s', async (_, of, region) => {
    const identity = new AwsIdentity({ ...account, region: '', ...of.account })
    expect(await identity.region(ways(await environmentOf(of)))).toBe(region)
  })

  it('is an error that says what to set where none is found', async () => {
    answers = () => undefined
    const identity = new AwsIdentity({ ...account, region: '' })
    await expect(identity.region(ways())).rejects.toThrow(
      /^could not determine AWS region: set region, or AWS_REGION \(.*404 Not Found\)$/,
    )
  })
})
