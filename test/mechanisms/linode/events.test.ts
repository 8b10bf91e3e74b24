import { describe, expect, it } from 'vitest'
import { defaultHttpClientConfig } from '../../../src/http/index.js'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import { groups } from '../../../src/mechanisms/linode/search.js'
import { Turns } from '../../../src/waiting/turns.js'
import { clientOf, serve } from '../../http/harness.js'

interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

const config = {
  http: defaultHttpClientConfig(),
  refresh_interval: 60_000,
  port: 80,
  tag_separator: ',',
  region: '',
}
const noon = { date: 'Sat, 28 Nov 2026 12:00:00 GMT' }

/** Polls of an account with one instance, whose events are answered by this. */
async function account(events: (count: number) => Answer, headers = noon) {
  const filters: unknown[] = []
  const server = await serve(({ url, headers: sent }, response) => {
    let answer: Answer = { body: { data: [] } }
    if (url.startsWith('/linode/instances')) {
      answer = { headers, body: { data: [{ id: 1, ipv4: ['127.0.0.1'] }] } }
    }
    if (url.startsWith('/account/events')) {
      filters.push(sent['x-filter'])
      answer = events(filters.length)
    }
    response.sendDate = false
    response.writeHead(answer.status ?? 200, answer.headers).end(JSON.stringify(answer.body ?? {}))
  })
  const find = groups(config)
  const poll = async (): Promise<string> => {
    const before = server.asked.length
    const found = await find(
      createApi({
        client: clientOf(''),
        baseUrl: server.url,
        timeoutMs: 60_000,
        signal: new AbortController().signal,
        turns: new Turns(),
      }),
    )
    expect(found).toMatchObject([
      { source: 'Linode', targets: [{ __meta_linode_instance_id: '1' }] },
    ])
    const asked = server.asked.slice(before).map(({ url }) => url.split(/[/?]/)[2])
    return asked.join(' ')
  }
  return { poll, filters }
}

const all = 'instances ips ipv6'
const none: Answer = { body: { data: [] } }

describe('the polls of an account', () => {
  it('list everything at first, and then only when there was an event', async () => {
    const { poll } = await account((count) => (count === 2 ? { body: { data: [{}] } } : none))
    expect([await poll(), await poll(), await poll(), await poll()]).toEqual([
      all,
      'events',
      `events ${all}`,
      'events',
    ])
  })

  it('ask for events since the last poll, by the clock of the server', async () => {
    const later = { ...none, headers: { date: 'Sat, 28 Nov 2026 12:01:00 GMT' } }
    const { poll, filters } = await account(() => later)
    for (let i = 0; i < 3; i += 1) await poll()
    expect(filters).toEqual([
      '{"created":{"+gte":"2026-11-28T12:00:00"}}',
      '{"created":{"+gte":"2026-11-28T12:01:00"}}',
    ])
  })

  it('list everything in the tenth poll without an event: not every change is one', async () => {
    const { poll } = await account(() => none)
    await poll()
    const asked: string[] = []
    for (let i = 0; i < 11; i += 1) asked.push(await poll())
    expect(asked).toEqual([...Array.from({ length: 9 }, () => 'events'), `events ${all}`, 'events'])
  })

  it('ask for events no more where the token may not read them', async () => {
    const { poll } = await account(() => ({ status: 401 }))
    expect([await poll(), await poll(), await poll()]).toEqual([all, `events ${all}`, all])
  })

  it('fail where events cannot be read for another reason, and ask for them again', async () => {
    const { poll } = await account((count) => (count === 1 ? { status: 500 } : none))
    await poll()
    await expect(poll()).rejects.toThrow('500 Internal Server Error')
    expect(await poll()).toBe('events')
  })

  it('list everything where the server does not say what time it is', async () => {
    const { poll } = await account(() => none, { date: 'noon' })
    expect([await poll(), await poll()]).toEqual([all, all])
  })
})
