/**
 * Daemons as programs, seen from outside: how long from the start until every target is shown, from a
 * change until it is shown, processor time a change, and memory. Where a Prometheus is installed it
 * runs on the same config, and the two are compared.
 *
 *   node bench/dist/end-to-end.js file [targets, 100000]       one file of groups of ten
 *   node bench/dist/end-to-end.js consul [services, 1000]      ten instances each, on a real Consul
 *   node bench/dist/end-to-end.js zookeeper [members, 10000]     ephemeral znodes, on a real ZooKeeper
 *   node bench/dist/end-to-end.js nomad [services, 1000]       the same on a server that is like Nomad
 *   … --alone                                                  without Prometheus
 *   … --idle=SECONDS                                           counts requests while nothing changes
 *
 * The servers are those of scripts/peers.sh, or of $MUSTER_PEER_CONSUL and so on.
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, metric, sleep, until, usage, Workshop } from './child.js'
import { peer } from './peers.js'
import { line, median } from './report.js'
import { consulScene, fileScene, nomadScene, type Scene, zookeeperScene } from './scenes.js'

interface Daemon {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Prometheus is told of changes every five seconds: fewer of them have to do. */
  readonly changes: number
}

interface Figures {
  readonly start: number
  readonly startCpu: number
  readonly change: number
  readonly slowChange: number
  readonly changeCpu: number
  readonly rss: number
}

const active = 'prometheus_target_scrape_pool_targets'
const root = path.resolve(import.meta.dirname, '../..')

async function measure(shop: Workshop, scene: Scene, daemon: Daemon): Promise<Figures> {
  const address = `127.0.0.1:${String(await freePort())}`
  const common = ['--config.file=p.yml', `--web.listen-address=${address}`]
  const child = shop.start(daemon.command, [...daemon.args, ...common])
  let shown = 0
  const shows = (targets: number) => async (): Promise<boolean> => {
    shown = await metric(address, active)
    return shown >= targets
  }
  // Asked less often than for a change: each answer takes a daemon that is starting some of its time.
  const start = await until(shows(scene.targets), undefined, 25)
  const startCpu = usage(child).cpu
  await sleep(6000)
  const { rss } = usage(child)
  await idle(scene)
  const took: number[] = []
  let cpu = 0
  for (let i = 0; i < daemon.changes; i += 1) {
    const before = usage(child).cpu
    const begin = performance.now()
    const want = shown + scene.perChange
    await scene.change()
    await until(shows(want))
    took.push((performance.now() - begin) / 1000)
    await sleep(500)
    cpu += usage(child).cpu - before
  }
  await shop.stop(child)
  took.sort((a, b) => a - b)
  const slowChange = took[Math.floor(took.length * 0.95)] ?? Number.NaN
  const changeCpu = cpu / daemon.changes
  return { start: start / 1000, startCpu, change: median(took), slowChange, changeCpu, rss }
}

/** Says how many requests an hour the server gets while nothing changes. */
async function idle(scene: Scene): Promise<void> {
  const seconds = Number(values.idle)
  if (scene.requests === undefined || seconds === 0) return
  const before = scene.requests()
  await sleep(seconds * 1000)
  const perHour = ((scene.requests() - before) * 3600) / seconds
  line('  requests in an idle hour', perHour.toFixed(0))
}

function report(daemon: string, figures: Figures, compared?: Figures): void {
  const s = (key: keyof Figures, what: string, unit = 's'): void => {
    const ratio = compared === undefined ? '' : `${(compared[key] / figures[key]).toFixed(1)}x less`
    line(`  ${what}`, `${figures[key].toFixed(unit === 's' ? 3 : 0)} ${unit}`, ratio)
  }
  line(compared === undefined ? daemon : `${daemon}, and how much less than Prometheus`, '')
  s('start', 'start until all targets are shown')
  s('startCpu', 'processor time until then, polling included')
  s('change', 'a change until it is shown, writing included: p50')
  s('slowChange', 'the same: p95')
  s('changeCpu', 'processor time a change, polling included')
  s('rss', 'memory (RSS) before the changes', 'MiB')
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    alone: { type: 'boolean', default: false },
    idle: { type: 'string', default: '0' },
  },
})
const [kind = 'file', count] = positionals
const muster: Daemon = {
  name: 'muster',
  command: process.execPath,
  args: [path.join(root, 'dist/bin/muster.js'), '--log.level=warn'],
  changes: 20,
}
/** Newer builds of Debian have no consul_sd. */
const binary =
  kind === 'nomad' ? undefined : peer(kind === 'consul' ? 'prometheus-consul' : 'prometheus')
const storage =
  kind === 'consul' ? ['--storage.tsdb.path=data'] : ['--agent', '--storage.agent.path=data']

async function sceneOf(shop: Workshop): Promise<Scene> {
  if (kind === 'consul') return consulScene(shop, Number(count ?? 1000))
  if (kind === 'zookeeper') return zookeeperScene(shop, Number(count ?? 10_000))
  if (kind === 'nomad') return nomadScene(Number(count ?? 1000))
  return fileScene(shop, Number(count ?? 100_000))
}

const shop = new Workshop()
let scene: Scene | undefined
try {
  scene = await sceneOf(shop)
  writeFileSync(path.join(shop.folder, 'p.yml'), scene.config)
  line(`${kind}: ${String(scene.targets)} targets`, '')
  let prometheus: Figures | undefined
  if (values.alone || binary === undefined) line('(no Prometheus to compare with)', '')
  else {
    const args = [...storage, '--log.level=error']
    const daemon: Daemon = { name: 'Prometheus', command: binary, args, changes: 4 }
    prometheus = await measure(shop, scene, daemon)
    report(daemon.name, prometheus)
  }
  // What was changed for the one before is there from the start for the next.
  const changed = prometheus === undefined ? 0 : 4 * scene.perChange
  const grown = { ...scene, targets: scene.targets + changed }
  report(muster.name, await measure(shop, grown, muster), prometheus)
} finally {
  scene?.close?.()
  shop.close()
}
