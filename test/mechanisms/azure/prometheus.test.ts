import http from 'node:http'
import https from 'node:https'
import path from 'node:path'
import type { Duplex } from 'node:stream'
import { expect, it } from 'vitest'
import { azure } from '../../../src/mechanisms/azure/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { listen } from '../../helpers/listen.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { issue } from '../../helpers/pki/issue.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { until } from '../../helpers/until.js'
import { folder } from '../../http/harness.js'
import { differencesOf, withoutScrapeLabels } from '../suite/differences.js'
import { FakeAzure } from './fake-azure.js'

/** A proxy that answers for Azure and its login itself. @returns its URL, and the file of its authority */
async function proxyFor(azure: FakeAzure): Promise<{ readonly url: string; readonly ca: string }> {
  const authority = issue({ name: 'authority', ca: true, keyUsage: [5] })
  const names = ['DNS:login.microsoftonline.com', 'DNS:management.azure.com']
  const own = issue({ name: 'azure', issuer: authority, names, usages: ['server'] })
  const hosts = https.createServer({ cert: own.pem, key: own.keyPem }, (request, response) => {
    request.resume().on('end', () => {
      const { url = '', headers } = request
      const answer = azure.answer(`https://${headers.host ?? ''}${url}`, headers.authorization)
      response
        .writeHead(answer.status, { 'content-type': 'application/json', ...answer.headers })
        .end(answer.body)
    })
  })
  const proxy = http.createServer().on('connect', (_, socket: Duplex) => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    hosts.emit('connection', socket)
  })
  const { address } = await listen(proxy)
  return { url: `http://${address}`, ca: path.join(folder({ 'ca.pem': authority.pem }), 'ca.pem') }
}

const card = (ip: string, publicIp?: string) => {
  return { primary: true, ip, ...(publicIp === undefined ? {} : { publicIp }) }
}

describeWithPeers('Azure beside Prometheus 2.42', ['prometheus_azure'], () => {
  it('finds the same machines with the same labels, in a few requests', async () => {
    const fake = new FakeAzure(
      {
        machines: [
          {
            name: 'web 1',
            group: 'Ops',
            cards: [{ primary: false, ip: '127.9.1.1' }, card('127.9.0.1', '127.8.0.1')],
            tags: { 'team/owner': 'Größe', empty: '' },
          },
          { name: 'off', group: 'ops', cards: [{ ip: '127.9.0.2' }] },
          { name: 'bare', group: 'ops', cards: [] },
          { name: 'gone', group: 'ops', cards: [{ primary: true, isGone: true }] },
          ...Array.from({ length: 40 }, (_, i) => {
            const ip = `127.9.3.${String(i)}`
            return { name: `m-${String(i)}`, group: 'edge', cards: [card(ip)] }
          }),
        ],
        scaleSets: [
          {
            name: 'pool',
            group: 'Ops',
            machines: [
              { name: '0', cards: [card('127.9.2.0', '127.8.2.0')], tags: { a: 'b' } },
              { name: '7', cards: [card('2001:db8::7')] },
            ],
          },
          { name: 'empty', group: 'ops', machines: [] },
        ],
      },
      20,
    )
    const { url, ca } = await proxyFor(fake)
    const section = {
      subscription_id: 's-1',
      tenant_id: 't-1',
      client_id: 'c-1',
      client_secret: 'geheim',
      port: 9100,
      proxy_url: url,
      tls_config: { ca_file: ca },
    }
    const ours = new LiveMechanism(azure, section)
    await until('our targets', () => ours.targets.length > 0)
    const requests = fake.asked.length
    ours.stop()
    fake.asked.splice(0)
    const scrape_configs = [
      {
        job_name: 'azure',
        relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
        azure_sd_configs: [section],
      },
    ]
    const theirs = await RealPrometheus.start(
      { 'prometheus.yml': JSON.stringify({ global: { scrape_interval: '100y' }, scrape_configs }) },
      // It asks for its token by what the environment says.
      { release: 'prometheus_azure', env: { ...process.env, HTTPS_PROXY: url, SSL_CERT_FILE: ca } },
    )
    try {
      const found = async () => (await theirs.targets()).droppedTargets
      await until('its targets', async () => (await found()).length > 0, 45_000)
      const labels = (await found()).map((one) => withoutScrapeLabels(one.discoveredLabels))
      expect(labels).toHaveLength(43)
      expect(differencesOf(ours.targets, labels)).toEqual({
        // 2.42 asks for no public address, and writes resource groups in small letters; 3.14 does as muster does.
        __meta_azure_machine_public_ip: 'ours',
        __meta_azure_machine_resource_group: 'value',
      })
      // The token; pages of machines (3) and cards (3), the card that is gone, addresses, scale sets; 3 and 1 of those.
      expect(requests).toBe(14)
      expect(fake.asked.length).toBeGreaterThan(requests + 30)
    } finally {
      await theirs.stop()
    }
  })
})
