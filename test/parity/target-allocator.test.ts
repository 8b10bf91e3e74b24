import { execFile } from 'node:child_process'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { listen } from '../helpers/listen.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { Collectors, distinct, jobs } from './collectors.js'
import { ReceiverTwin } from './receiver-twin.js'

const patience = { timeout: 60_000, interval: 100 }

describeWithPeers(
  'collectors that take their targets from muster',
  ['prometheus', 'promtool'],
  () => {
    const collectors = new Collectors()
    beforeAll(() => collectors.start())
    afterAll(() => collectors.stop())

    it('have a config that Prometheus takes', async () => {
      for (const file of collectors.files) {
        const said = await new Promise<string>((resolve) => {
          execFile(requirePeer('promtool'), ['check', 'config', file], (_, out, err) => {
            resolve(out + err)
          })
        })
        expect(said).toContain('SUCCESS')
      }
    })

    it('have together the targets of every job, each of them once', async () => {
      const [theirs, ...ours] = await Promise.all(
        [collectors.original, ...collectors.files].map((file) =>
          forThisTest(RealPrometheus.on(file)),
        ),
      )
      const active = async (prometheus: RealPrometheus | undefined) =>
        ((await prometheus?.targets())?.activeTargets ?? []).map(
          ({
            scrapePool,
            discoveredLabels: { __meta_url: _, ...discovered },
            labels,
            ...more
          }) => ({
            scrapePool,
            discovered,
            labels,
            url: more.scrapeUrl,
            interval: more.scrapeInterval,
            timeout: more.scrapeTimeout,
          }),
        )
      const all = async () => (await Promise.all(ours.map(active))).flat()
      const pools = async () => new Set((await active(theirs)).map(({ scrapePool }) => scrapePool))
      // All but the one with nothing left.
      await expect.poll(async () => (await pools()).size, patience).toBe(jobs.length - 1)
      const wanted = await active(theirs)
      await expect.poll(async () => (await all()).length, patience).toBe(wanted.length)
      // Where several become one, Prometheus shows the labels of any of them.
      const final = (list: typeof wanted) =>
        distinct(list.map(({ discovered: _, ...more }) => more))
      const found = await all()
      expect(final(found)).toEqual(final(wanted))
      const isOne = ({ scrapePool }: (typeof wanted)[number]): boolean =>
        scrapePool !== 'become one'
      expect(distinct(found.filter(isOne))).toEqual(distinct(wanted.filter(isOne)))
    })
  },
)

describe('a collector', () => {
  it.each([
    ['keeps its jobs', 'while muster starts', 503, 'starting\n', ['a']],
    ['loses its jobs', 'for an empty body, which muster never gives', 200, '', []],
    ['takes other jobs', 'once there are some', 200, '{"b":{"job_name":"b"}}', ['b']],
  ])('%s %s', async (_title, _when, status, body, expected) => {
    let answer = { status: 200, body: '{"a":{"job_name":"a","static_configs":[]}}' }
    const { address } = await listen(
      http.createServer((_request, response) => {
        response.writeHead(answer.status).end(answer.body)
      }),
    )
    const twin = new ReceiverTwin({ endpoint: `http://${address}`, collectorId: 'c' })
    await twin.sync()
    expect(twin.jobs).toEqual(['a'])
    answer = { status, body }
    await twin.sync().catch(() => {})
    expect(twin.jobs).toEqual(expected)
  })
})
