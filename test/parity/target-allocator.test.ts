import { execFile } from 'node:child_process'
import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { listen } from '../helpers/listen.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { forThisTest } from '../helpers/real-process.js'
import { Collectors, distinct, jobs, withoutLabel } from './collectors.js'
import { ReceiverTwin } from './receiver-twin.js'

const patience = { timeout: 60_000, interval: 100 }

/** An active target as Prometheus shows it, without the label that http_sd adds. */
interface Active {
  readonly scrapePool: string
  /** What the target is scraped by, and the labels of its series. */
  readonly final: unknown
  readonly discovered: unknown
}

async function activeOf(prometheus: RealPrometheus | undefined): Promise<readonly Active[]> {
  const { activeTargets = [] } = (await prometheus?.targets()) ?? {}
  return activeTargets.map((target) => ({
    scrapePool: target.scrapePool,
    final: [
      target.labels,
      target.scrapePool,
      target.scrapeUrl,
      target.scrapeInterval,
      target.scrapeTimeout,
    ],
    discovered: withoutLabel('__meta_url', target.discoveredLabels),
  }))
}

/** Of several that become one, Prometheus shows the discovered labels of any. */
function isCertain({ scrapePool }: Active): boolean {
  return scrapePool !== 'become one'
}

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
      const files = [collectors.original, ...collectors.files]
      const [theirs, ...ours] = await Promise.all(
        files.map((file) => forThisTest(RealPrometheus.on(file))),
      )
      // All jobs but the one with nothing left have targets.
      const pools = async (): Promise<number> =>
        new Set((await activeOf(theirs)).map(({ scrapePool }) => scrapePool)).size
      await expect.poll(pools, patience).toBe(jobs.length - 1)
      const wanted = await activeOf(theirs)
      const all = async (): Promise<readonly Active[]> =>
        (await Promise.all(ours.map(activeOf))).flat()
      await expect.poll(async () => (await all()).length, patience).toBe(wanted.length)
      const found = await all()
      expect(distinct(found.map(({ final }) => final))).toEqual(
        distinct(wanted.map(({ final }) => final)),
      )
      expect(distinct(found.filter(isCertain))).toEqual(distinct(wanted.filter(isCertain)))
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
