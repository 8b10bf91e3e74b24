import { asyncScheduler } from 'rxjs'
import { Registry } from 'prom-client'
import { expect, it, onTestFinished } from 'vitest'
import type { TargetGroup } from '../../../src/discovery/index.js'
import { http } from '../../../src/mechanisms/http.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { forThisTest } from '../../helpers/real-process.js'
import { serve, until } from '../../http/harness.js'
import { withoutScrapeLabels } from '../suite/differences.js'
import { canonical } from '../suite/run.js'
import { readSection } from './harness.js'
import { testContext } from '../../../src/testing/discovery/index.js'

/** The discovered labels of a Prometheus, without those that come from the scrape config. */
async function discoveredBy(prometheus: RealPrometheus): Promise<readonly string[]> {
  const { droppedTargets } = await prometheus.targets()
  return droppedTargets
    .map(({ discoveredLabels }) => canonical(withoutScrapeLabels(discoveredLabels)))
    .sort()
}

function discoveredIn(groups: ReadonlyMap<string, TargetGroup>): readonly string[] {
  return [...groups.values()]
    .flatMap((group) => group.targets.map((target) => canonical({ ...group.labels, ...target })))
    .sort()
}

describeWithPeers('HTTP discovery beside a real Prometheus', ['prometheus'], () => {
  it('finds the same targets, as the list changes, shrinks and fails', async () => {
    let body =
      '[{"targets":["a:1","b:2"],"labels":{"x":"é","__meta_url":"z"}},{"Targets":["c:3"],"LABELS":null},{"targets":["d:4"]}]'
    let status = 200
    const served = { prometheus: 0, muster: 0 }
    const server = await serve((asked, response) => {
      const who = asked.headers['user-agent']?.startsWith('Prometheus/') ? 'prometheus' : 'muster'
      served[who] += 1
      response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(body)
    })
    const section = `{url: "${server.url}sd?a=b", refresh_interval: 1s, bearer_token: t}`
    const prometheus = await forThisTest(
      RealPrometheus.start({
        'prometheus.yml': `
global: {scrape_interval: 100y}
scrape_configs:
- job_name: j
  relabel_configs: [{action: drop, source_labels: [__address__], regex: '.*'}]
  http_sd_configs: [${section}]
`,
      }),
    )
    const { config } = readSection(section)
    const discoverer = http({ registry: new Registry(), env: {}, userAgent: 'muster/test' }).create(
      config,
      testContext(asyncScheduler),
    )
    const groups = new Map<string, TargetGroup>()
    const subscription = discoverer.findings().subscribe((finding) => {
      for (const group of finding.groups ?? []) groups.set(group.source, group)
    })
    onTestFinished(() => {
      subscription.unsubscribe()
    })

    const agree = async (count: number): Promise<void> => {
      await until(async () => {
        const theirs = await discoveredBy(prometheus)
        const ours = discoveredIn(groups)
        return ours.length === count && JSON.stringify(ours) === JSON.stringify(theirs)
      }, 60_000)
    }
    await agree(4)
    body = '[{"targets":["a:1"]},{"targets":["e:5"],"labels":{"k":"v"}}]'
    await agree(2)
    status = 500
    body = '[]'
    const { prometheus: before, muster } = served
    await until(() => served.prometheus > before + 1 && served.muster > muster + 1, 60_000)
    expect(discoveredIn(groups)).toHaveLength(2)
    expect(await discoveredBy(prometheus)).toHaveLength(2)
    status = 200
    body = '[{"targets":["z:9"]}]'
    await agree(1)
    expect(new Set(server.asked.map((each) => each.headers.authorization))).toEqual(
      new Set(['Bearer t']),
    )
  }, 180_000)
})
