import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { HttpClient } from '../../../src/http/index.js'
import { searchWith } from '../../../src/mechanisms/gce/search.js'
import { createApi } from '../../../src/mechanisms/kit/index.js'
import { Turns } from '../../../src/waiting/turns.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

/** A client of whose answers each lists nothing. */
function clientOf(asked: string[]): HttpClient {
  return {
    request: ({ url }) => {
      asked.push(url)
      const body = Buffer.from('{}')
      return Promise.resolve({
        status: 200,
        statusText: '',
        url,
        body,
        header: () => undefined,
        withoutSecrets: (text) => text,
      })
    },
    stream: () => Promise.reject(new Error('not asked for')),
    close: () => Promise.resolve(),
  }
}

it('asks the API of the universe that the credentials are for', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-gce-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = path.join(folder, 'key.json')
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const account = { client_email: 'a@b', private_key: privateKey, universe_domain: 'partner.test' }
  await writeFile(file, JSON.stringify({ type: 'service_account', ...account }))
  const search = searchWith({
    env: { GOOGLE_APPLICATION_CREDENTIALS: file },
    userAgent: 'muster/test',
  })
  const asked: string[] = []
  const api = createApi({
    client: clientOf(asked),
    baseUrl: 'https://compute.googleapis.com',
    timeoutMs: 1000,
    signal: new AbortController().signal,
    turns: new Turns(),
  })
  const config = {
    project: 'example.com:p',
    zone: 'u-z1-a',
    filter: '',
    refresh_interval: 60_000,
    port: 80,
    tag_separator: ',',
  }
  if (!('groups' in search)) throw new Error('it makes groups')
  const find = search.groups(config, { random: () => 0, scheduler: new FakeClock() })
  if (typeof find !== 'function') throw new Error('it watches nothing')
  expect(await find(api)).toEqual([{ source: 'GCE_example.com:p_u-z1-a', labels: {}, targets: [] }])
  expect(asked).toEqual([
    'https://compute.partner.test/compute/v1/projects/example.com%3Ap/zones/u-z1-a/instances?alt=json&prettyPrint=false',
  ])
})
