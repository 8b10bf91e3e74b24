import { describe, expect, it } from 'vitest'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import { groups } from '../../../src/mechanisms/ovhcloud/search.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Secret } from '../../../src/yaml/index.js'
import { clientOf, serve } from '../../http/harness.js'

interface Answer {
  readonly status?: number
  readonly body: string
}

/** Polls of an account with virtual servers, each with one address, but for those whose details are these. */
async function account(names: readonly string[], details: Map<string, Answer>) {
  const server = await serve(({ url }, response) => {
    const [, , name = '', ips] = url.split('/')
    let answer: Answer = { body: JSON.stringify(ips === 'ips' ? ['127.0.0.1'] : { name }) }
    if (url === '/auth/time') answer = { body: '1700000000' }
    else if (url === '/vps') answer = { body: JSON.stringify(names) }
    else answer = details.get(`${name}${ips === undefined ? '' : '/ips'}`) ?? answer
    response.writeHead(answer.status ?? 200).end(answer.body)
  })
  const find = groups({
    endpoint: server.url,
    application_key: 'a',
    application_secret: new Secret('geheim'),
    consumer_key: new Secret('geheim'),
    refresh_interval: 60_000,
    service: 'vps',
  })
  return async (): Promise<{ readonly found: readonly string[]; readonly trouble?: string }> => {
    const answer = await find(
      createApi({
        client: clientOf(''),
        baseUrl: server.url,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        turns: new Turns(),
      }),
    )
    const { groups: made = [], trouble } =
      'groups' in answer || 'trouble' in answer ? answer : { groups: answer as never }
    const found = made.flatMap(({ targets }) => targets.map((one) => one['instance'] ?? ''))
    const error = trouble?.error
    return { found, ...(error instanceof Error && { trouble: error.message }) }
  }
}

const expired: Answer = { status: 460, body: '{"message":"This service is expired"}' }

describe('a server whose details cannot be had', () => {
  it('keeps its labels and is named, and the others are found', async () => {
    const details = new Map<string, Answer>()
    const poll = await account(['a', 'b'], details)
    expect(await poll()).toEqual({ found: ['a', 'b'] })
    details.set('a', expired)
    expect(await poll()).toEqual({
      found: ['a', 'b'],
      trouble: expect.stringMatching(/^unable to get the details of a: .* 460 /),
    })
    details.clear()
    expect(await poll()).toEqual({ found: ['a', 'b'] })
  })

  it.each<[string, string, Answer]>([
    ['has expired', 'a', expired],
    ['is not there any more', 'a', { status: 404, body: '{}' }],
    ['may not be asked for', 'a/ips', { status: 403, body: '{}' }],
    ['has details of another shape', 'a', { body: '[]' }],
    ['has no address', 'a/ips', { body: '[]' }],
    ['has only networks', 'a/ips', { body: '["10.0.0.0/8","2001:db8::/64"]' }],
    ['has only the address that is none', 'a/ips', { body: '["0.0.0.0"]' }],
  ])('is left out where it %s from the beginning', async (_, path, answer) => {
    const poll = await account(['a', 'b'], new Map([[path, answer]]))
    expect(await poll()).toEqual({
      found: ['b'],
      trouble: expect.stringContaining('details of a: '),
    })
  })

  it('is named with two others where there are many', async () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const poll = await account(names, new Map(names.map((name) => [name, expired])))
    expect((await poll()).trouble).toMatch(/^unable to get the details of a, b, c and 2 others: /)
  })

  it.each([401, 429, 502, 503, 504])('ends the poll where the answer is %d', async (status) => {
    const poll = await account(['a'], new Map([['a', { status, body: '{}' }]]))
    await expect(poll()).rejects.toMatchObject({ name: 'HttpError', status })
  })
})
