import { mkdir, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { gce } from '../../../src/mechanisms/gce/index.js'
import { listen } from '../../helpers/listen.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import type { Labels } from '../../../src/labels/index.js'
import { until } from '../../helpers/until.js'
import { Clouds } from '../suite/clouds.js'
import { differencesOf, withoutScrapeLabels } from '../suite/differences.js'

const instances =
  '{"items":[{"id":"1","name":"a","networkInterfaces":[{"name":"nic0","networkIP":"127.80.0.1"}]}]}'
const element = { project: 'p', zone: 'z' }
const metadata = '/computeMetadata/v1/instance/service-accounts/default/token'

type Env = Readonly<Record<string, string>>

/** Writes the credentials of a person where gcloud does, in this home. */
async function signIn(home: string, address: string): Promise<Env> {
  const folder = path.join(home, '.config/gcloud')
  await mkdir(folder, { recursive: true })
  const user = { client_id: 'c', client_secret: 'geheim-c', refresh_token: 'geheim-r' }
  await writeFile(
    path.join(folder, 'application_default_credentials.json'),
    JSON.stringify({ type: 'authorized_user', token_uri: `http://${address}/token`, ...user }),
  )
  return {}
}

describeWithPeers('GCE beside a real Prometheus', ['prometheus'], () => {
  it.each<[string, (home: string, address: string) => Env | Promise<Env>, RegExp]>([
    ['by the metadata server', (_, address) => ({ GCE_METADATA_HOST: address }), /\?scopes=/],
    ['as a person who has signed in with gcloud', signIn, /grant_type=refresh_token/],
  ])('asks for a token, and has the same labels, %s', async (_, credentials, token) => {
    const asked: string[] = []
    const { address } = await listen(
      createServer((request, response) => {
        void buffer(request).then((body) => {
          const { method = '', url = '', headers } = request
          const form = [...new URLSearchParams(body.toString())]
            .map((pair) => pair.join('='))
            .sort()
          const flavor = String(headers['metadata-flavor'] ?? '')
          asked.push([method, url, flavor, ...form].join(' '))
          const answer = { access_token: 'geheim-token', expires_in: 3600, token_type: 'Bearer' }
          response.setHeader('content-type', 'application/json')
          if (url === '/token' || url.startsWith(metadata)) response.end(JSON.stringify(answer))
          else response.writeHead(404).end()
        })
      }),
    )
    const clouds = await Clouds.open(
      ({ headers }) =>
        headers.authorization === 'Bearer geheim-token'
          ? { kind: 'whole', body: instances }
          : { kind: 'whole', status: 401, body: '{}' },
      ['compute.googleapis.com'],
    )
    onTestFinished(() => clouds.end())
    const home = clouds.folder
    const env = { ...clouds.environment, HOME: home, ...(await credentials(home, address)) }

    const ours = new LiveMechanism((options) => gce({ ...options, env }), element)
    onTestFinished(() => ours.stop())
    await until('our targets', () => ours.targets.length > 0)
    const [line] = asked
    expect(line).toMatch(token)

    const job = {
      job_name: 'j',
      // It discovers, and scrapes nothing.
      relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
      gce_sd_configs: [element],
    }
    const config = { global: { scrape_interval: '100y' }, scrape_configs: [job] }
    const theirs = await RealPrometheus.start(
      { 'prometheus.yml': JSON.stringify(config) },
      { env: { ...process.env, ...env } },
    )
    onTestFinished(() => theirs.stop())
    let found: readonly Labels[] = []
    await until('their targets', async () => {
      const { droppedTargets } = await theirs.targets()
      found = droppedTargets.map((one) => withoutScrapeLabels(one.discoveredLabels))
      return found.length > 0
    })
    expect(differencesOf(ours.targets, found)).toEqual({})
    expect(asked.filter((each) => each === line)).toHaveLength(2)
    expect(new Set(clouds.asked.map((request) => request.line)).size).toBe(1)
  })
})
