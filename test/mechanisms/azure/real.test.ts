import { expect, it, onTestFinished } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { azure } from '../../../src/mechanisms/azure/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { until } from '../../helpers/until.js'
import { serve } from '../../http/harness.js'
import { Clouds } from '../suite/clouds.js'
import { differencesOf, withoutScrapeLabels } from '../suite/differences.js'
import { FakeAzure } from './fake-azure.js'

const nic = (ip: string, publicIp?: string) => {
  return { primary: true, ip, ...(publicIp === undefined ? {} : { publicIp }) }
}

describeWithPeers('Azure beside Prometheus 2.42', ['prometheus_azure'], () => {
  it.each(['OAuth', 'ManagedIdentity'])(
    'has the same labels, in a few requests (%s)',
    async (method) => {
      const fake = new FakeAzure(
        {
          machines: [
            {
              name: 'web 1',
              group: 'Ops',
              nics: [{ primary: false, ip: '127.9.1.1' }, nic('127.9.0.1', '127.8.0.1')],
              tags: { 'team/owner': 'Größe', empty: '' },
            },
            { name: 'off', group: 'ops', nics: [{ ip: '127.9.0.2' }] },
            { name: 'bare', group: 'ops', nics: [] },
            { name: 'gone', group: 'ops', nics: [{ primary: true, isGone: true }] },
            ...Array.from({ length: 40 }, (_, i) => {
              const ip = `127.9.3.${String(i)}`
              return { name: `m-${String(i)}`, group: 'edge', nics: [nic(ip)] }
            }),
          ],
          scaleSets: [
            {
              name: 'pool',
              group: 'Ops',
              machines: [
                { name: '0', nics: [nic('127.9.2.0', '127.8.2.0')], tags: { a: 'b' } },
                { name: '7', nics: [nic('2001:db8::7')] },
              ],
            },
            { name: 'empty', group: 'ops', machines: [] },
          ],
        },
        20,
      )
      const clouds = await Clouds.open(
        ({ line, headers }) => {
          const url = line.replace(/^\w+ /, '')
          return { kind: 'whole', ...fake.answer(url, headers.authorization) }
        },
        ['login.microsoftonline.com', 'management.azure.com'],
      )
      onTestFinished(() => clouds.end())
      const machine = await serve(({ url, headers }, response) => {
        response.end(fake.answer(`http://machine${url}`, headers.authorization).body)
      })
      const identity = { MSI_ENDPOINT: `${machine.url}oauth2/token`, MSI_SECRET: 'geheim' }
      const environment = { ...clouds.environment, ...(method === 'OAuth' ? {} : identity) }
      const element = {
        subscription_id: 's-1',
        tenant_id: 't-1',
        client_id: 'c-1',
        client_secret: 'geheim',
        authentication_method: method,
        port: 9100,
        proxy_url: clouds.environment['HTTPS_PROXY'],
        tls_config: { ca_file: clouds.environment['SSL_CERT_FILE'] },
      }
      const ours = new LiveMechanism((options) => azure({ ...options, env: environment }), element)
      onTestFinished(() => ours.stop())
      await until('our targets', () => ours.targets.length > 0)
      // The token; pages of machines (3) and NICs (3), the NIC that is gone, addresses, scale sets; 3 and 1 of those.
      expect(fake.asked).toHaveLength(14)
      const job = {
        job_name: 'j',
        // It discovers, and scrapes nothing.
        relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
        azure_sd_configs: [element],
      }
      const config = { global: { scrape_interval: '100y' }, scrape_configs: [job] }
      const theirs = await RealPrometheus.start(
        { 'prometheus.yml': JSON.stringify(config) },
        // It asks for its token by what the environment says.
        { release: 'prometheus_azure', env: { ...process.env, ...environment } },
      )
      onTestFinished(() => theirs.stop())
      let found: readonly Labels[] = []
      await until(
        'their targets',
        async () => {
          const { droppedTargets } = await theirs.targets()
          found = droppedTargets.map((one) => withoutScrapeLabels(one.discoveredLabels))
          return found.length > 0
        },
        45_000,
      )
      expect(found).toHaveLength(43)
      expect(differencesOf(ours.targets, found)).toEqual({
        // 2.42 asks for no public address, and writes resource groups in small letters; 3.14 does as muster does.
        __meta_azure_machine_public_ip: 'ours',
        __meta_azure_machine_resource_group: 'value',
      })
      // Both have asked for a token where it is.
      expect(machine.asked).toHaveLength(method === 'OAuth' ? 0 : 2)
      // One for each NIC besides.
      expect(fake.asked.length).toBeGreaterThan(14 + 14 + 30)
    },
  )
})
