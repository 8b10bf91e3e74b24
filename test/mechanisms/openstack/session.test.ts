import { describe, expect, it } from 'vitest'
import type { Credentials } from '../../../src/mechanisms/openstack/credentials.js'
import type { Api } from '../../../src/mechanisms/kit/api.js'
import { identityBase } from '../../../src/mechanisms/openstack/credentials.js'
import { Session, type Token } from '../../../src/mechanisms/openstack/session.js'
import { type Asked, serve } from '../../http/harness.js'
import { apiAt, given } from './harness.js'

const hour = 3_600_000
const user = { username: 'u', domainId: 'd', password: 'geheim' }

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
}

/** A session with a Keystone that answers like this, on a clock that the test moves. */
async function sessionWith(
  answer: (asked: Asked, count: number) => Answer,
  { path = '/v3', ...credentials }: Parameters<typeof given>[0] & { readonly path?: string } = {},
): Promise<{
  readonly session: Session
  readonly api: Api
  readonly clock: { now: number }
  readonly asked: readonly Asked[]
}> {
  const server = await serve((asked, response, count) => {
    const { status = 200, headers = {}, body } = answer(asked, count)
    response.writeHead(status, headers).end(JSON.stringify(body))
  })
  const identityEndpoint = server.url.slice(0, -1) + path
  const clock = { now: 1000 }
  const all: Credentials = given({ ...user, ...credentials, identityEndpoint })
  const api = apiAt(identityBase(identityEndpoint), () => clock.now)
  return { session: new Session(all), api, clock, asked: server.asked }
}

/** An answer with a token that is valid for so long. */
function token(validMs: number, id = 'geheim-token'): Answer {
  return {
    status: 201,
    headers: { 'x-subject-token': id },
    body: { token: { issued_at: '2026-01-01T00:00:00.000000Z', expires_at: at(validMs) } },
  }
}

function at(ms: number): string {
  return new Date(Date.UTC(2026, 0, 1) + ms).toISOString()
}

const idOf = ({ id }: Token): Promise<string> => Promise.resolve(id)

describe('a token', () => {
  it.each([
    ['an hour', hour, 59 * 60_000],
    ['a minute', 60_000, 45_000],
    ['a day: the catalogue may change', 24 * hour, hour],
  ])('that is valid for %s is kept until shortly before', async (_, validMs, keptMs) => {
    const { session, api, clock } = await sessionWith((__, n) => token(validMs, `t${String(n)}`))
    expect(await session.use(api, idOf)).toBe('t1')
    clock.now += keptMs - 1
    expect(await session.use(api, idOf)).toBe('t1')
    clock.now += 1
    expect(await session.use(api, idOf)).toBe('t2')
  })

  it.each([
    ['expires when it is made', token(0)],
    ['expired before', token(-hour)],
    [
      'does not say since when it is valid',
      { headers: { 'x-subject-token': 't' }, body: { token: { expires_at: at(hour) } } },
    ],
    ['does not say how long it is valid', { headers: { 'x-subject-token': 't' }, body: {} }],
  ])('is used once where it %s', async (_, answer) => {
    const { session, api, asked } = await sessionWith(() => answer)
    await session.use(api, idOf)
    await session.use(api, idOf)
    expect(asked).toHaveLength(2)
  })

  it('that was kept and is refused is replaced, and the work begins again', async () => {
    const { session, api, asked } = await sessionWith(({ method, headers }, n) => {
      if (method === 'POST') return token(hour, `t${String(n)}`)
      return { status: headers['x-auth-token'] === 't1' && n > 2 ? 401 : 200, body: {} }
    })
    const work = async ({ id }: Token): Promise<string> => {
      await api.ask('/work', { headers: { 'x-auth-token': id } })
      return id
    }
    expect(await session.use(api, work)).toBe('t1')
    expect(await session.use(api, work)).toBe('t4')
    expect(await session.use(api, work)).toBe('t4')
    expect(
      asked.map(({ method, headers }) => `${method} ${String(headers['x-auth-token'] ?? '')}`),
    ).toEqual(['POST ', 'GET t1', 'GET t1', 'POST ', 'GET t4', 'GET t4'])
  })

  it.each([
    ['new and refused', 401, 0],
    ['of no use, since the endpoints have moved', 404, 1],
  ])('that is %s is not kept', async (_, status, usedBefore) => {
    const { session, api } = await sessionWith(({ method }, n) =>
      method === 'POST' ? token(hour, `t${String(n)}`) : { status, body: {} },
    )
    for (let i = 0; i < usedBefore; i += 1) await session.use(api, idOf)
    await expect(session.use(api, () => api.ask('/work'))).rejects.toMatchObject({ status })
    expect(await session.use(api, idOf)).toBe('t3')
  })

  it('is asked for until there is one', async () => {
    const { session, api } = await sessionWith((_, n) =>
      n === 1 ? { status: 401, body: {} } : token(hour),
    )
    await expect(session.use(api, idOf)).rejects.toMatchObject({ status: 401 })
    expect(await session.use(api, idOf)).toBe('geheim-token')
  })

  it.each([
    ['/v3', { status: 201, body: { token: {} } }],
    ['/v2.0', { body: { access: { token: { id: '' } } } }],
  ])('is missing in an answer of %s', async (path, answer) => {
    const { session, api } = await sessionWith(() => answer, { path })
    await expect(session.use(api, idOf)).rejects.toThrow(/tokens: the answer has no token$/)
  })

  it('of version 2.0 has the times in UTC, and is kept as well', async () => {
    const answer = {
      body: {
        access: { token: { id: 't', issued_at: '2026-01-01T00:00:00.5', expires: at(hour) } },
      },
    }
    const { session, api, clock, asked } = await sessionWith(() => answer, {
      path: '/v2.0',
    })
    await session.use(api, idOf)
    clock.now += 50 * 60_000
    await session.use(api, idOf)
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual(['POST /v2.0/tokens'])
  })
})

function versions(...values: readonly (readonly [id: string, status: string])[]): Answer {
  return {
    status: 300,
    body: { versions: { values: values.map(([id, status]) => ({ id, status })) } },
  }
}

describe('an identity endpoint without a version', () => {
  it.each([
    ['/v3/auth/tokens', [['v3.14', 'stable']]],
    [
      '/v3/auth/tokens',
      [
        ['v2.0', 'stable'],
        ['v3.0', 'CURRENT'],
      ],
    ],
    [
      '/v2.0/tokens',
      [
        ['v2.0', 'SUPPORTED'],
        ['v3.0', 'experimental'],
      ],
    ],
  ] as const)('is asked for a token at %s where it has %j', async (place, has) => {
    const { session, api, asked } = await sessionWith(
      ({ method }) => (method === 'GET' ? versions(...has) : token(0)),
      { path: '/identity' },
    )
    await session.use(api, idOf).catch(() => undefined)
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /identity/',
      `POST /identity${place}`,
    ])
  })

  it('is an error where it has none that is known', async () => {
    const { session, api } = await sessionWith(() => versions(['v4', 'stable']), { path: '' })
    await expect(session.use(api, idOf)).rejects.toThrow(
      /^no supported version available from endpoint http/,
    )
  })
})
