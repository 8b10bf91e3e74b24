import { Registry } from 'prom-client'
import { asyncScheduler } from 'rxjs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { http } from '../../../src/mechanisms/http.js'
import { testContext } from '../../../src/testing/discovery/index.js'
import { serve } from '../../http/harness.js'
import { until } from '../../helpers/until.js'
import { readSection } from './harness.js'

/** A server of a list that the test changes; requests that wait are held as it says. */
async function start(offers = true) {
  let version = 1
  let status = 200
  let holds: 'until it changes' | 'never' = 'until it changes'
  const waiting: (() => void)[] = []
  const served = await serve((asked, response) => {
    const headers = {
      'content-type': 'application/json',
      etag: `"${String(version)}"`,
      ...(offers && { 'accept-prefer': 'wait' }),
    }
    const answer = (): void => {
      const body = `[{"targets":["v${String(version)}:1"]}]`
      response.writeHead(status, { ...headers, etag: `"${String(version)}"` }).end(body)
    }
    if (asked.headers['if-none-match'] !== `"${String(version)}"`) answer()
    else if (asked.headers['prefer'] === undefined) response.writeHead(304, headers).end()
    else if (holds === 'until it changes') waiting.push(answer)
    else response.writeHead(304, headers).end()
  })
  let requests = 0
  const found: string[] = []
  const troubles: unknown[] = []
  const context = Object.assign(testContext(asyncScheduler), {
    countRequest: () => (requests += 1),
  })
  const section = `{url: "${served.url}", refresh_interval: 1h}`
  const discoverer = http({ registry: new Registry(), env: {}, userAgent: 'muster/test' }).create(
    readSection(section).config,
    context,
  )
  const subscription = discoverer.findings().subscribe(({ groups, trouble }) => {
    for (const { targets } of groups ?? []) {
      for (const target of targets) found.push(target['__address__'] ?? '')
    }
    if (trouble) troubles.push(trouble.error)
  })
  onTestFinished(() => subscription.unsubscribe())
  return {
    found,
    troubles,
    asked: served.asked,
    requests: () => requests,
    waiting,
    stop: () => subscription.unsubscribe(),
    fail: () => {
      status = 500
    },
    answerAtOnce: () => {
      holds = 'never'
    },
    change: () => {
      version += 1
      for (const answer of waiting.splice(0)) answer()
    },
  }
}

describe('HTTP discovery from a server that holds requests', () => {
  it('takes a change as it comes, with one request for each', async () => {
    const server = await start()
    for (const count of [1, 2, 3]) {
      await until('a request waits', () => server.waiting.length === 1)
      expect(server.found).toHaveLength(count)
      server.change()
      await until('the change is found', () => server.found.length > count)
    }
    await until('a request waits', () => server.waiting.length === 1)
    expect(server.found).toEqual(['v1:1', 'v2:1', 'v3:1', 'v4:1'])
    // The last one is still held.
    expect([server.requests(), server.asked.length]).toEqual([4, 5])
    expect(server.asked.map(({ headers }) => headers['prefer'])).toEqual([
      undefined,
      'wait=30',
      'wait=30',
      'wait=30',
      'wait=30',
    ])
  })

  it('asks as ever where the server does not offer to', async () => {
    const server = await start(false)
    await until('the list is found', () => server.found.length === 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(server.asked.map(({ headers }) => headers['prefer'])).toEqual([undefined])
  })

  it('keeps its targets, and polls on, where the server fails or answers before something changed', async () => {
    const server = await start()
    await until('a request waits', () => server.waiting.length === 1)
    server.fail()
    server.change()
    await until('the server is asked again', () => server.asked.length > 2)
    expect(server.found).toEqual(['v1:1'])
    expect(server.troubles).toEqual([])
  })

  it('does not ask over and over a server that does not hold requests after all', async () => {
    const server = await start()
    server.answerAtOnce()
    await until('it was asked to hold one', () => server.asked.length === 2)
    await until('that is counted', () => server.requests() === 2)
    expect(server.troubles).toEqual([])
  })

  it('leaves no request behind', async () => {
    const server = await start()
    await until('a request waits', () => server.waiting.length === 1)
    server.stop()
    server.change()
    expect(server.found).toEqual(['v1:1'])
  })
})
