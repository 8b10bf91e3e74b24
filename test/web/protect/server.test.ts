import { hashSync } from 'bcryptjs'
import { writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { silentLogger } from '../../../src/telemetry/index.js'
import { webProtection } from '../../../src/web/protect/protection.js'
import { folder } from '../../http/harness.js'
import { type Answer, serve, type Served, sources } from '../helpers.js'

const hash = hashSync('pw', 4)
const basic = (login: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(login).toString('base64')}`,
})

interface Protected extends Served {
  readonly isKnown: (request: IncomingMessage) => boolean
  rewrite(yaml: string): void
}

async function start(yaml: string, now: () => number = () => 0): Promise<Protected> {
  const file = path.join(folder({ 'web.yml': yaml }), 'web.yml')
  const protection = webProtection({ file, logger: silentLogger, now })
  if (protection === undefined) throw new Error('no protection')
  const served = await serve(sources(), { protect: protection.protect })
  onTestFinished(() => served.stop())
  return {
    ...served,
    isKnown: protection.isKnown,
    rewrite: (text) => {
      writeFileSync(file, text)
    },
  }
}

const said = ({ status, text }: Answer): string => `${String(status)} ${text}`

describe('a protected web server', () => {
  it('is not made without a file', () => {
    expect(webProtection({ file: '', logger: silentLogger, now: () => 0 })).toBeUndefined()
  })

  it('asks for a password on every path', async () => {
    const server = await start(`basic_auth_users: {alice: "${hash}"}\n`)
    for (const place of ['/-/healthy', '/metrics', '/api/v1/targets', '/nowhere']) {
      const refused = await server.request(place)
      expect(said(refused)).toBe('401 Unauthorized\n')
      expect(refused.headers['www-authenticate']).toBe('Basic')
    }
    for (const login of ['alice:wrong', 'bob:pw', ':', 'alice:']) {
      expect((await server.request('/-/healthy', { headers: basic(login) })).status).toBe(401)
    }
    const allowed = await server.request('/-/healthy', { headers: basic('alice:pw') })
    expect(allowed.status).toBe(200)
    expect(allowed.headers).not.toHaveProperty('www-authenticate')
  })

  it('knows before it compares anything who was let in before', async () => {
    const server = await start(`basic_auth_users: {alice: "${hash}"}\n`)
    const known = (login: string): boolean =>
      server.isKnown({ headers: basic(login), socket: {} } as unknown as IncomingMessage)
    expect(known('alice:pw')).toBe(false)
    for (const login of ['alice:pw', 'alice:wrong']) {
      await server.request('/-/healthy', { headers: basic(login) })
    }
    expect(['alice:pw', 'alice:wrong', 'bob:pw'].map(known)).toEqual([true, false, false])
    server.rewrite('{}\n')
    // Each request looks at the file, for the next ones.
    await server.request('/-/healthy', {})
    expect(known('bob:pw')).toBe(true)
  })

  it('follows its file: users that come and go, and mistakes that are answered with 500', async () => {
    const server = await start('')
    const status = async (login: string): Promise<number> =>
      (await server.request('/-/healthy', { headers: basic(login) })).status
    expect(await status('x:y')).toBe(200)
    server.rewrite(`basic_auth_users: {alice: "${hash}"}\n`)
    expect([await status('x:y'), await status('alice:pw')]).toEqual([401, 200])
    server.rewrite('basic_auth_users: [')
    const broken = await server.request('/-/healthy', { headers: basic('alice:pw') })
    expect(said(broken)).toBe('500 Internal Server Error\n')
    server.rewrite(`basic_auth_users: {bob: "${hash}"}\n`)
    expect([await status('alice:pw'), await status('bob:pw')]).toEqual([401, 200])
  })

  it('sets the headers, on refusals too', async () => {
    const server = await start(
      `http_server_config: {headers: {X-Frame-Options: deny, Strict-Transport-Security: max-age=1}}\nbasic_auth_users: {alice: "${hash}"}\n`,
    )
    for (const headers of [basic('alice:pw'), basic('alice:no')]) {
      expect((await server.request('/-/healthy', { headers })).headers).toMatchObject({
        'x-frame-options': 'deny',
        'strict-transport-security': 'max-age=1',
      })
    }
  })

  it('answers 429 beyond the rate, before anything else', async () => {
    let now = 0
    const server = await start('rate_limit: {interval: 1s, burst: 2}\n', () => now)
    const statuses = async (count: number): Promise<readonly number[]> => {
      const answers: number[] = []
      for (let i = 0; i < count; i += 1) answers.push((await server.request('/-/healthy')).status)
      return answers
    }
    expect(await statuses(3)).toEqual([200, 200, 429])
    now = 1000
    expect(await statuses(2)).toEqual([200, 429])
    expect(said(await server.request('/-/healthy'))).toBe('429 Too Many Requests\n')
  })
})
