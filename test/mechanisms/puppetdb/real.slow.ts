import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { Daemon, until, Workspace } from '../../helpers/daemon.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { forThisTest } from '../../helpers/real-process.js'
import { RealPrometheus, type Shown } from '../../helpers/real-prometheus.js'
import { type CatalogResource, RealPuppetdb } from '../../helpers/real-puppetdb.js'
import { sorted } from '../suite/run.js'

const web: readonly CatalogResource[] = [
  { type: 'Class', title: 'Main', tags: ['class', 'main'] },
  {
    type: 'Class',
    title: 'Role::Web',
    file: '/etc/puppetlabs/code/site.pp',
    line: 12,
    tags: ['class', 'role::web', 'role'],
    parameters: {
      ensure: 'present',
      port: 8140,
      big: 1_000_000,
      bigger: 12_345_678_901,
      ratio: 0.5,
      tiny: 1e-7,
      negative: -2.25,
      on: true,
      off: false,
      nothing: null,
      empty: '',
      'empty list': [],
      'empty hash': {},
      list: ['a', 1, 2.5, true, null, ['deep'], { x: 1 }, 'b,c'],
      'odd-name.é::x': 'y',
      nested: { a: { 'b-c': [1, 2], d: { e: 'f' } }, g: false },
    },
  },
  {
    type: 'Nagios_host',
    title: 'é "quoted" \\ and\nlines',
    exported: true,
    tags: ['nagios_host'],
    parameters: { address: '127.80.0.1' },
  },
]
const db: readonly CatalogResource[] = [
  { type: 'Package', title: 'postgresql-15', parameters: { ensure: '15.3' } },
]
/** This release of PuppetDB cannot change a resource that it has: others come in its place. */
const changedDb: readonly CatalogResource[] = [
  { type: 'Package', title: 'postgresql-16', tags: ['package'], parameters: { ensure: '16.1' } },
  { type: 'Package', title: 'pgbouncer' },
]

const queries = {
  pql: 'resources { type != "Stage" }',
  ast: '["from", "resources", ["=", "type", "Class"]]',
  nodes: 'nodes { certname ~ "example$" }',
  projected: 'resources[certname, title, tags] { exported = true }',
  nothing: 'resources { type = "Nothing" }',
}

function configOf(url: string, jobs: Readonly<Record<string, string>>): string {
  const scrape_configs = Object.entries(jobs).map(([job_name, query]) => ({
    job_name,
    relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
    puppetdb_sd_configs: [
      { url, query, port: 9100, refresh_interval: '2s', include_parameters: job_name !== 'ast' },
    ],
  }))
  return JSON.stringify({ global: { scrape_interval: '100y' }, scrape_configs })
}

/** What was discovered, in an order that depends on nothing but the labels. */
function labelsOf({ droppedTargets }: Shown): readonly Labels[] {
  return sorted(droppedTargets.map(({ discoveredLabels }) => discoveredLabels))
}

describeWithPeers('on a real PuppetDB', ['puppetdb', 'prometheus'], () => {
  let puppetdb: RealPuppetdb
  const workspace = new Workspace()

  beforeAll(async () => {
    puppetdb = await RealPuppetdb.start()
    await puppetdb.replaceCatalog('web.example', web)
    await puppetdb.replaceCatalog('db.example', db, 'staging')
  }, 600_000)

  afterAll(async () => {
    await puppetdb?.stop()
    workspace.remove()
  })

  it('finds what a real Prometheus finds with every label, and follows a change of a catalog', async () => {
    const config = configOf(puppetdb.url, queries)
    const prometheus = await forThisTest(RealPrometheus.start({ 'prometheus.yml': config }))
    const muster = await forThisTest(Daemon.start(workspace.write('prometheus.yml', config)))

    const ours = (): Promise<Shown> => muster.api<Shown>('/targets')
    const bothFind = async (count: number): Promise<readonly Labels[]> => {
      for (const targets of [ours, () => prometheus.targets()]) {
        await until(
          `${String(count)} targets`,
          async () => (await targets()).droppedTargets.length === count,
        )
      }
      const found = labelsOf(await ours())
      expect(found).toEqual(labelsOf(await prometheus.targets()))
      return found
    }

    const before = await bothFind(4 + 2 + 2 + 1)
    const role = before.find(
      (labels) => labels['__meta_puppetdb_title'] === 'Role::Web' && labels['job'] === 'pql',
    )
    expect(role).toMatchObject({
      __meta_puppetdb_parameter_big: '1e+06',
      __meta_puppetdb_parameter_nested_a_d_e: 'f',
      __meta_puppetdb_environment: 'production',
    })

    await puppetdb.replaceCatalog('db.example', changedDb)
    const after = await bothFind(5 + 2 + 2 + 1)
    const versions = after.map((labels) => labels['__meta_puppetdb_parameter_ensure'])
    expect(versions).toContain('16.1')
    expect(versions).not.toContain('15.3')
  })

  it.each([
    ['resources { type = }', /^server returned HTTP status 400 Bad Request: PQL parse error at /],
    ['["from", "nothing"]', /^server returned HTTP status 400 Bad Request: .*nothing/],
  ])('says in its own words what is wrong with the query %j', async (query, says) => {
    const config = workspace.write('bad.yml', configOf(puppetdb.url, { bad: query }))
    const muster = await forThisTest(Daemon.start(config))
    let message = ''
    await until('the error', async () => {
      interface Provider {
        readonly lastError: { readonly message: string } | null
      }
      const { providers } = await muster.api<{ providers: readonly Provider[] }>('/providers')
      message = providers[0]?.lastError?.message ?? ''
      return message !== ''
    })
    expect(message).toMatch(says)
  })
})
