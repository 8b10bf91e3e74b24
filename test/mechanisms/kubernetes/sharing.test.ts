import { describe, expect, it, onTestFinished } from 'vitest'
import { FakeApiServer } from '../../../bench/kubernetes-server.js'
import { Daemon, until, Workspace } from '../../helpers/daemon.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealKubernetes } from '../../helpers/real-kubernetes.js'
import { forThisTest } from '../../helpers/real-process.js'

type Element = Readonly<Record<string, unknown>>

interface Providers {
  readonly providers: readonly { readonly state: string }[]
}

/** A daemon with a job for each element. */
async function start(jobs: Readonly<Record<string, Element>>): Promise<{
  /** Waits until every provider runs. */
  readonly wait: () => Promise<void>
  readonly reload: (next: Readonly<Record<string, Element>>) => Promise<void>
}> {
  const workspace = new Workspace()
  onTestFinished(() => workspace.remove())
  const write = (all: Readonly<Record<string, Element>>): string =>
    workspace.write(
      'prometheus.yml',
      JSON.stringify({
        global: { scrape_interval: '100y' },
        scrape_configs: Object.entries(all).map(([job_name, element]) => ({
          job_name,
          kubernetes_sd_configs: [element],
        })),
      }),
    )
  const daemon = await forThisTest(Daemon.start(write(jobs), ['--web.enable-lifecycle']))
  const wait = (): Promise<void> =>
    until('every provider runs', async () => {
      const { providers } = await daemon.api<Providers>('/providers')
      return providers.length > 0 && providers.every(({ state }) => state === 'running')
    })
  return {
    wait,
    async reload(next) {
      write(next)
      const { status } = await fetch(`${daemon.url}/-/reload`, { method: 'POST' })
      expect(status).toBe(200)
      await wait()
    },
  }
}

async function fakeServer(): Promise<FakeApiServer> {
  const fake = await FakeApiServer.listen()
  onTestFinished(() => fake.close())
  return fake
}

/** The watches that are open, by resource. */
function watchesOf(fake: FakeApiServer): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { resource } of fake.watches) {
    const plural = resource.slice(resource.lastIndexOf('/') + 1)
    counts[plural] = (counts[plural] ?? 0) + 1
  }
  return counts
}

const namespaces = { names: Array.from({ length: 10 }, (_, at) => `n${String(at)}`) }
const attach_metadata = { node: true }

describe('the jobs of a daemon', () => {
  it.each<[title: string, elements: readonly Element[], watches: Readonly<Record<string, number>>]>(
    [
      [
        'of pods, endpoints and slices have one watch of pods together',
        [{ role: 'pod' }, { role: 'endpoints' }, { role: 'endpointslice' }],
        { pods: 1, services: 1, endpoints: 1, endpointslices: 1 },
      ],
      [
        'of ten namespaces have one watch of nodes: 31 in all',
        [{ role: 'endpoints', namespaces, attach_metadata }],
        { pods: 10, services: 10, endpoints: 10, nodes: 1 },
      ],
    ],
  )('%s', async (_, elements, watches) => {
    const fake = await fakeServer()
    const jobs = elements.map((element, at) => [String(at), { api_server: fake.url, ...element }])
    const { wait } = await start(Object.fromEntries(jobs) as Record<string, Element>)
    await wait()
    expect(watchesOf(fake)).toEqual(watches)
    // Each began with all there is: no list was asked for beside it.
    expect(fake.asked.filter(({ isWatch }) => !isWatch)).toEqual([])
  })

  it.each<[title: string, changed: Element]>([
    ['has fewer namespaces', { role: 'pod', namespaces: { names: ['n1'] } }],
    ['has another role', { role: 'service' }],
    ['attaches nodes', { role: 'pod', attach_metadata }],
  ])('ask for nothing again when a reload changes one of ten: it %s', async (_, changed) => {
    const fake = await fakeServer()
    const roles = ['pod', 'endpoints', 'service', 'node', 'endpointslice']
    const jobs: Record<string, Element> = {}
    for (let at = 0; at < 9; at += 1) {
      const role = roles[at % roles.length] ?? 'pod'
      jobs[String(at)] = { api_server: fake.url, role }
    }
    const { wait, reload } = await start({
      ...jobs,
      last: { api_server: fake.url, role: 'ingress' },
    })
    await wait()
    const asked = fake.asked.length
    await reload({ ...jobs, last: { api_server: fake.url, ...changed } })
    expect(fake.asked.slice(asked)).toEqual([])
  })
})

describeWithPeers('the jobs of a daemon on a real API server', ['kubernetes'], () => {
  it('of pods, endpoints and slices have one watch of pods together; those of ten namespaces 31 in all', async () => {
    const server = await forThisTest(RealKubernetes.start())
    const kinds = ['pods', 'services', 'endpoints', 'endpointslices', 'nodes']
    const count = async (): Promise<readonly number[]> =>
      Promise.all(kinds.map((kind) => server.watches(kind)))
    const own = await count()
    const more = async (): Promise<readonly number[]> =>
      (await count()).map((n, at) => n - (own[at] ?? 0))
    const job = (role: string): Element => ({ role, ...server.access() })
    const { wait, reload } = await start({
      a: job('pod'),
      b: job('endpoints'),
      c: job('endpointslice'),
    })
    await wait()
    await until('one watch of each', async () => String(await more()) === '1,1,1,1,0')
    await reload({ a: { ...job('endpoints'), namespaces, attach_metadata, selectors: other } })
    // Those of before are kept for half a minute.
    await until('31 watches', async () => String(await more()) === '10,10,10,0,1')
  }, 240_000)
})

/** Of other objects than without it, so that nothing is taken from what is known. */
const other = ['pod', 'service', 'endpoints'].map((role) => ({ role, label: 'app!=none' }))
