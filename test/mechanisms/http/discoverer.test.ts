import { describe, expect, it } from 'vitest'
import type { Finding } from '../../../src/discovery/index.js'
import { serve, until } from '../../http/harness.js'
import { http } from '../../../src/mechanisms/http.js'
import { type Polling, pollingOf } from '../polling.js'
import { readSection } from './harness.js'

const list = '[{"targets":["a"]}]'

const discover = (yaml: string): Polling => pollingOf(http, yaml)

describe('http_sd_configs', () => {
  it.each([
    ['{}', 'URL is missing'],
    ['{url: ""}', 'URL is missing'],
    ['{url: "h:x"}', "URL scheme must be 'http' or 'https'"],
    ['{url: "file:///x"}', "URL scheme must be 'http' or 'https'"],
    ['{url: "/x"}', "URL scheme must be 'http' or 'https'"],
    ['{url: "http://"}', 'host is missing in URL'],
    ['{url: "http:///x"}', 'host is missing in URL'],
    ['{url: "http://h:x/"}', 'parse "http://h:x/": invalid port ":x" after host'],
    [
      '{url: "http://h", bearer_token: a, bearer_token_file: b}',
      'at most one of bearer_token & bearer_token_file must be configured',
    ],
    ['{url: "http://h", urls: []}', 'field urls not found in type http.plain'],
  ])('refuses %s', (yaml, message) => {
    expect(readSection(yaml).issues).toEqual([message])
  })

  it('asks every minute unless told otherwise', () => {
    expect(readSection('{url: "http://h"}').config).toMatchObject({
      url: 'http://h',
      refresh_interval: 60_000,
      http: { follow_redirects: true },
    })
  })

  it('is not created with a certificate that is missing', () => {
    expect(() => discover('{url: "https://h", tls_config: {ca_file: /nowhere/ca}}')).toThrow(
      /^unable to read CA cert: unable to read file \/nowhere\/ca/,
    )
  })

  it('finds groups, keeps asking after a failure, and counts it', async () => {
    const server = await serve((_, response, count) => {
      if (count === 1) response.writeHead(500).end()
      else response.setHeader('content-type', 'application/json').end(list)
    })
    const { poll, registry, polls } = discover(`{url: "${server.url}", refresh_interval: 10s}`)
    await expect(poll()).rejects.toThrow(/^server returned HTTP status 500 Internal Server Error$/)
    expect((await poll()).map((group) => group.source)).toEqual([`${server.url}:0`])
    expect(polls).toEqual({ ok: 1, failed: 1 })
    expect(await registry.metrics()).toContain('prometheus_sd_http_failures_total 1')
  })

  it('has its failure metric from the start', async () => {
    const { registry } = discover('{url: "http://127.0.0.1:1"}')
    expect(await registry.metrics()).toContain('prometheus_sd_http_failures_total 0')
  })

  it('asks nothing before it is subscribed to, and leaves nothing when that ends', async () => {
    const server = await serve(() => undefined)
    const { discoverer } = discover(`{url: "${server.url}"}`)
    expect(server.accepted()).toBe(0)
    const found: Finding[] = []
    const subscription = discoverer.findings().subscribe((finding) => found.push(finding))
    await until(() => server.asked.length === 1)
    subscription.unsubscribe()
    await until(() => server.sockets.size === 0)
    expect(found).toEqual([])
    // A second subscription starts again, with connections of its own.
    const again = discoverer.findings().subscribe()
    await until(() => server.asked.length === 2)
    again.unsubscribe()
    await until(() => server.sockets.size === 0)
  })
})
