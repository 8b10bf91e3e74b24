import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientConfig,
} from '../../../src/http/index.js'
import {
  type Api,
  json,
  maskedUrl,
  type MechanismFactory,
  type Polled,
  polled,
  pollKeys,
  struct,
  type StructType,
  inline,
  field,
} from '../../../src/mechanisms/kit/index.js'
import { serve, until } from '../../http/harness.js'
import { pollingOf } from '../polling.js'

interface Config {
  readonly http: HttpClientConfig
  readonly refresh_interval: number
  readonly url: string
}

const section: StructType<Config> = struct('inventory', {
  http: inline(httpClientConfig),
  ...pollKeys,
  url: field(maskedUrl),
})

/** A mechanism whose API answers with lists of hosts. */
function inventory(rest: Partial<Polled<Config>> = {}): MechanismFactory {
  return polled({
    name: 'inventory',
    section,
    baseUrl: ({ url }) => url,
    targets: hosts,
    ...rest,
  })
}

async function* hosts(api: Api): AsyncGenerator<Labels> {
  for (const host of await api.items('hosts', json.text)) yield { __address__: host }
}

const inTurn =
  (...answers: readonly (string | number)[]): Parameters<typeof serve>[0] =>
  (_, response, count) => {
    const answer = answers[Math.min(count, answers.length) - 1] ?? ''
    if (typeof answer === 'number') response.writeHead(answer).end()
    else response.end(answer)
  }

describe('a mechanism that polls', () => {
  it('has the key of its name', () => {
    const mechanism = inventory()({ registry: new Registry(), env: {}, userAgent: 'x' })
    expect(mechanism).toMatchObject({ name: 'inventory', key: 'inventory_sd_configs', section })
  })

  it('makes one group of its targets, named like the mechanism', async () => {
    const server = await serve(inTurn('["a:1","b:2"]', '["b:2"]'))
    const { poll, polls, context } = pollingOf(inventory(), `url: ${server.url}`)
    const group = { source: 'inventory', labels: {} }
    expect(await poll()).toEqual([
      { ...group, targets: [{ __address__: 'a:1' }, { __address__: 'b:2' }] },
    ])
    expect(await poll()).toEqual([{ ...group, targets: [{ __address__: 'b:2' }] }])
    expect(polls).toEqual({ ok: 2, failed: 0 })
    expect(context.requests).toBe(2)
    expect(server.asked[0]?.headers['user-agent']).toBe('muster/test')
  })

  it('names the group as it says itself', async () => {
    const server = await serve(inTurn('[]'))
    const named = inventory({ source: ({ url }: Config) => `of ${url}` })
    const { poll } = pollingOf(named, `url: ${server.url}`)
    expect(await poll()).toEqual([{ source: `of ${server.url}`, labels: {}, targets: [] }])
  })

  it('keeps what it wants between polls, for each subscription; groups that are gone are empty', async () => {
    const server = await serve(inTurn('["a","b"]', '["b"]'))
    const counting = polled<Config>({
      name: 'inventory',
      section,
      baseUrl: ({ url }) => url,
      groups: () => {
        let count = 0
        return async (api) => {
          count += 1
          const sources = await api.items('', json.text)
          return sources.map((source) => ({ source, labels: { n: String(count) }, targets: [{}] }))
        }
      },
    })
    const { poll } = pollingOf(counting, `url: ${server.url}`)
    const said = async (): Promise<readonly unknown[]> =>
      (await poll()).map(({ source, labels, targets }) => [source, labels['n'], targets.length])
    expect(await said()).toEqual([
      ['a', '1', 1],
      ['b', '1', 1],
    ])
    expect(await said()).toEqual([
      ['b', '2', 1],
      ['a', undefined, 0],
    ])
  })

  it('tells of a failure, counts it, and goes on', async () => {
    const server = await serve(inTurn(500, '{', '["a"]'))
    const failures = { name: 'prometheus_sd_inventory_failures_total', help: 'Failures.' }
    const { poll, polls, registry } = pollingOf(inventory({ failures }), `url: ${server.url}`)
    const counted = async (): Promise<unknown> =>
      (await registry.getSingleMetric(failures.name)?.get())?.values[0]?.value
    expect(await counted()).toBe(0)
    await expect(poll()).rejects.toThrow(`${server.url}hosts: server returned HTTP status 500`)
    await expect(poll()).rejects.toThrow(`${server.url}hosts: the answer is not JSON`)
    expect((await poll())[0]?.targets).toHaveLength(1)
    expect(await counted()).toBe(2)
    expect(polls).toEqual({ ok: 1, failed: 2 })
  })

  it('says a refusal in its own words', async () => {
    const server = await serve(inTurn(403))
    const own = inventory({
      refusal:
        ({ url }) =>
        ({ status }) =>
          `${url} said ${String(status)}`,
    })
    await expect(pollingOf(own, `url: ${server.url}`).poll()).rejects.toThrow(
      new RegExp(`^${server.url} said 403$`),
    )
  })

  it('counts every request of a poll', async () => {
    const server = await serve(inTurn('[]'))
    const thrice = inventory({
      async *targets(api: Api): AsyncGenerator<Labels> {
        for (const path of ['a', 'b', 'c']) {
          for (const host of await api.items(path, json.text)) yield { __address__: host }
        }
      },
    })
    const { poll, context } = pollingOf(thrice, `url: ${server.url}`)
    await poll()
    expect(context.requests).toBe(3)
    await poll()
    expect(context.requests).toBe(6)
  })

  it('loads what finds its targets with the first poll, and not before', async () => {
    const server = await serve(inTurn('["a"]'))
    let loads = 0
    const late = polled<Config>({
      name: 'inventory',
      section,
      baseUrl: ({ url }) => url,
      load() {
        loads += 1
        return loads === 1
          ? Promise.reject(new Error('the module is half installed'))
          : Promise.resolve({ targets: hosts, source: () => 'late' })
      },
    })
    const { poll, discoverer } = pollingOf(late, `url: ${server.url}`)
    expect([loads, discoverer]).toEqual([0, { findings: expect.any(Function) as unknown }])
    await expect(poll()).rejects.toThrow('the module is half installed')
    for (const _ of ['second', 'third']) {
      expect(await poll()).toEqual([
        { source: 'late', labels: {}, targets: [{ __address__: 'a' }] },
      ])
    }
    expect(loads).toBe(2)
  })

  it('asks by a client that it has made itself', async () => {
    const server = await serve(inTurn('[]'))
    const own = polled({
      name: 'inventory',
      section: struct('inventory', { ...pollKeys, url: field(maskedUrl) }),
      baseUrl: ({ url }) => url,
      client: (_, options) =>
        createHttpClient(defaultHttpClientConfig(), { ...options, userAgent: 'its own' }),
      targets: hosts,
    })
    await pollingOf(own, `url: ${server.url}`).poll()
    expect(server.asked[0]?.headers['user-agent']).toBe('its own')
  })

  it('is not created where it cannot work', () => {
    expect(() => pollingOf(inventory(), 'refresh_interval: 0s')).toThrow(
      'refresh_interval must be greater than 0',
    )
    expect(() => pollingOf(inventory(), 'tls_config: {ca_file: /nowhere/ca}')).toThrow(
      /^unable to read CA cert: unable to read file \/nowhere\/ca/,
    )
  })

  it('asks nothing before it is subscribed to, and leaves nothing when that ends', async () => {
    const server = await serve(() => undefined)
    const failures = { name: 'prometheus_sd_inventory_failures_total', help: 'Failures.' }
    const { discoverer, registry } = pollingOf(inventory({ failures }), `url: ${server.url}`)
    expect(server.accepted()).toBe(0)
    for (const times of [1, 2]) {
      const found: unknown[] = []
      const subscription = discoverer.findings().subscribe((finding) => found.push(finding))
      await until(() => server.asked.length === times)
      subscription.unsubscribe()
      await until(() => server.sockets.size === 0)
      expect(found).toEqual([])
    }
    // A poll that is not wanted any more has not failed.
    expect(await registry.metrics()).toContain(`${failures.name} 0`)
  })
})
