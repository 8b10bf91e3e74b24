import { describe, expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { type ApiOptions, createApi } from '../../../src/mechanisms/kit/api.js'
import { puppetdb } from '../../../src/mechanisms/puppetdb/index.js'
import { source, targets } from '../../../src/mechanisms/puppetdb/search.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Registry } from 'prom-client'
import { clientOf, serve } from '../../http/harness.js'
import { decode, userAgent } from '../suite/run.js'

const mechanism = puppetdb({ registry: new Registry(), env: {}, userAgent })

function configOf(url: string, include_parameters = true): Parameters<typeof source>[0] {
  return decode(mechanism, { url, query: 'nodes[]{}', include_parameters }) as never
}

/** What comes of this answer. */
async function found(
  body: string,
  { include_parameters, ...options }: Partial<ApiOptions> & { include_parameters?: boolean } = {},
): Promise<readonly Labels[]> {
  const server = await serve((_, response) => {
    response.setHeader('content-type', 'application/json')
    response.end(body)
  })
  const api = createApi({
    client: clientOf(''),
    baseUrl: server.url,
    timeoutMs: 60_000,
    signal: new AbortController().signal,
    turns: new Turns(),
    ...options,
  })
  const all: Labels[] = []
  for await (const one of targets(api, configOf(server.url, include_parameters))) all.push(one)
  return all
}

describe('the group of PuppetDB', () => {
  it.each([
    ['http://h', 'http://h/pdb/query/v4?query=nodes[]{}'],
    ['http://u:geheim@h:8080/x/?y=z', 'http://u:xxxxx@h:8080/x/pdb/query/v4?y=z?query=nodes[]{}'],
  ])('of %j is named after URL and query: %j', (url, want) => {
    expect(source(configOf(url))).toBe(want)
  })
})

describe('an answer of PuppetDB', () => {
  it('is read by its elements where it is large, in turns of the event loop', async () => {
    let turns = 0
    const counted = new Turns({
      clock: {
        now: () => performance.now(),
        later(callback) {
          turns += 1
          setImmediate(callback)
        },
      },
      budgetMs: 0.001,
    })
    const one = JSON.stringify({ certname: 'a', parameters: { n: { x: 'é'.repeat(1000) } } })
    const all = await found(`[${Array(500).fill(one).join()}]`, { turns: counted })
    expect(all).toHaveLength(500)
    expect(new Set(all.map((labels) => JSON.stringify(labels))).size).toBe(1)
    expect(all[0]).toMatchObject({ __meta_puppetdb_parameter_n_x: 'é'.repeat(1000) })
    expect(turns).toBeGreaterThan(400)
  })

  it('names the element that is wrong in a large one', async () => {
    const body = `[${'{"certname":"a","title":"b"},'.repeat(20_000)}{"tags":"x"}]`
    await expect(found(body)).rejects.toThrow(': [20000].tags: expected a list, got a string')
  })

  it('is refused where the names of nested parameters would take more memory than there is', async () => {
    // A name of ten thousand letters, and a thousand parameters under it.
    const under = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${String(i)}`, 1]))
    const body = JSON.stringify([{ parameters: { ['n'.repeat(10_000)]: under } }])
    await expect(found(body, { heapLimit: 8 << 20 })).rejects.toThrow(
      'the answer would take more than 6 MiB of memory',
    )
    expect(await found(body, { heapLimit: 64 << 20 })).toHaveLength(1)
    expect(await found(body, { heapLimit: 8 << 20, include_parameters: false })).toHaveLength(1)
  })

  it('may nest parameters as deep as it likes', async () => {
    const depth = 5000
    const body = `[{"parameters":${'{"a":'.repeat(depth)}"x"${'}'.repeat(depth)}}]`
    const [labels = {}] = await found(body)
    expect(labels[`__meta_puppetdb_parameter_${'a_'.repeat(depth - 1)}a`]).toBe('x')
  })
})
