import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createHttpClient, defaultHttpClientConfig } from '../../../src/http/index.js'
import { httpOf } from '../../../src/mechanisms/stackit/service-account.js'
import { Secret } from '../../../src/yaml/index.js'
import { serve } from '../../http/harness.js'

const pem = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
})
const credentials = { aud: 'https://aud.test', iss: 'sa@sa.test', kid: 'k1', sub: 'u1' }
const withKey = JSON.stringify({ credentials: { ...credentials, privateKey: pem.privateKey } })
const withoutKey = JSON.stringify({ credentials })

type Written = Partial<Record<'service_account_key' | 'private_key', string>> &
  Partial<Record<'service_account_key_path' | 'private_key_path' | 'credentials_file_path', string>>

function given({ service_account_key = '', private_key = '', ...paths }: Written) {
  return {
    http: defaultHttpClientConfig(),
    service_account_key: new Secret(service_account_key),
    private_key: new Secret(private_key),
    service_account_key_path: '',
    private_key_path: '',
    credentials_file_path: '',
    ...paths,
  }
}

async function fileOf(text: string): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-stackit-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'file')
  await writeFile(file, text)
  return file
}

/** A part of a JSON web token. */
function decoded(part: string): unknown {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

it.each<[string, () => Promise<Written>]>([
  ['has it itself', () => Promise.resolve({ service_account_key: withKey })],
  ['is in a file', async () => ({ service_account_key_path: await fileOf(withKey) })],
  [
    'comes without it',
    () => Promise.resolve({ service_account_key: withoutKey, private_key: pem.privateKey }),
  ],
  [
    'comes without it, and it is in a file',
    async () => ({
      service_account_key: withoutKey,
      private_key_path: await fileOf(pem.privateKey),
    }),
  ],
  [
    'comes without it, and it is in the file of credentials',
    async () => ({
      service_account_key: withoutKey,
      credentials_file_path: await fileOf(
        JSON.stringify({ STACKIT_PRIVATE_KEY_PATH: await fileOf(pem.privateKey) }),
      ),
    }),
  ],
])('asks for a token with the private key where the key of the account %s', async (_, written) => {
  const server = await serve(({ url }, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(url === '/token' ? '{"access_token":"geheim-t","expires_in":3600}' : '{}')
  })
  const config = httpOf(given(await written()), `${server.url}token`)
  const client = createHttpClient(config, { userAgent: 'muster/test' })
  for (let i = 0; i < 2; i += 1) await client.request({ url: server.url, timeoutMs: 60_000 })
  await client.close()
  expect(server.asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    'POST /token',
    'GET /',
    'GET /',
  ])
  const [token, first] = server.asked
  expect(first?.headers.authorization).toBe('Bearer geheim-t')
  const form = new URLSearchParams(token?.body)
  const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.')
  expect(decoded(header)).toEqual({ alg: 'RS512', typ: 'JWT', kid: 'k1' })
  expect(decoded(claims)).toMatchObject({ iss: 'sa@sa.test', sub: 'u1', aud: 'https://aud.test' })
  const isSigned = verify(
    'RSA-SHA512',
    Buffer.from(`${header}.${claims}`),
    createPublicKey(pem.publicKey),
    Buffer.from(signature, 'base64url'),
  )
  expect(isSigned).toBe(true)
})

it('leaves the HTTP client as it is without the key of an account', () => {
  const config = given({ private_key: pem.privateKey })
  expect(httpOf(config)).toBe(config.http)
})

it.each<[string, Written, RegExp]>([
  ['is not JSON', { service_account_key: 'geheim' }, /^service_account_key: not JSON$/],
  [
    'has another shape',
    { service_account_key: '{"credentials":"geheim"}' },
    /^service_account_key: credentials: expected an object, got a string$/,
  ],
  ['has no private key', { service_account_key: withoutKey }, /^private_key: .* has none$/],
  [
    'is in a file that is not there',
    { service_account_key_path: '/nowhere/key' },
    /^service_account_key: unable to read file \/nowhere\/key: ENOENT/,
  ],
])('says what is wrong with the key of an account that %s', (_, written, says) => {
  expect(() => httpOf(given(written))).toThrow(says)
})
