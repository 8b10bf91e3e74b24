/**
 * What a grouped list saves where only addresses differ: its size, and the processor time that a refresh of
 * `http_sd_configs` takes a real Prometheus, which scrapes nothing meanwhile.
 *
 *   node bench/dist/grouping.js [targets, 94000]
 */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { freePort, metric, sleep, startMuster, until, usage, Workshop } from './child.js'
import { peer } from './peers.js'
import { line } from './report.js'

const [targets = 94_000] = process.argv.slice(2).map(Number)
const refreshes = 10

/** Addresses of this machine, and labels as a fleet of nodes has them. */
function groups(): readonly object[] {
  const addresses = Array.from(
    { length: targets },
    (_, i) => `127.${String(i >> 16)}.${String((i >> 8) & 255)}.${String(i & 255)}:9100`,
  )
  const labels = {
    env: 'production',
    team: 'infrastructure',
    region: 'eu-west-1',
    datacenter: 'eu-west-1a',
    cluster: 'main',
    os: 'linux',
    __meta_role: 'node',
  }
  return [{ targets: addresses, labels }]
}

/** Processor seconds a refresh, of a Prometheus that reads the list each two seconds. */
async function secondsARefresh(shop: Workshop, binary: string, url: string): Promise<number> {
  const config = path.join(shop.folder, 'prometheus.json')
  const job = {
    job_name: 'node',
    scrape_interval: '100y',
    http_sd_configs: [{ url, refresh_interval: '2s' }],
  }
  writeFileSync(config, JSON.stringify({ scrape_configs: [job] }))
  const address = `127.0.0.1:${String(await freePort())}`
  const child = shop.start(binary, [
    `--config.file=${config}`,
    `--web.listen-address=${address}`,
    `--storage.tsdb.path=${path.join(shop.folder, `data-${address}`)}`,
    '--log.level=error',
  ])
  const done = (): Promise<number> =>
    metric(address, 'prometheus_sd_refresh_duration_seconds_count')
  // The first refreshes also make the targets.
  await until(async () => (await metric(address, 'prometheus_sd_discovered_targets')) >= targets)
  await sleep(10_000)
  const [before, from] = [await done(), usage(child).cpu]
  await until(async () => (await done()) >= before + refreshes, 600_000, 50)
  const seconds = (usage(child).cpu - from) / ((await done()) - before)
  await shop.stop(child)
  return seconds
}

const prometheus = peer('prometheus')
const shop = new Workshop()
try {
  writeFileSync(path.join(shop.folder, 'targets.json'), JSON.stringify(groups()))
  const { address } = await startMuster(shop, [
    { job_name: 'node', file_sd_configs: [{ files: ['targets.json'] }] },
  ])
  const url = (form: string): string => `http://${address}/http_sd/node?form=${form}&settings=false`
  await until(async () => (await fetch(url('single'))).ok)
  for (const form of ['single', 'groups']) {
    const { length } = Buffer.from(await (await fetch(url(form))).arrayBuffer())
    line(`${String(targets)} targets that differ by address, form=${form}`, size(length))
    if (prometheus === undefined) line('  (no Prometheus here)', '')
    else {
      const seconds = await secondsARefresh(shop, prometheus, url(form))
      line('  a refresh of Prometheus, processor time', `${seconds.toFixed(2)} s`)
    }
  }
} finally {
  shop.close()
}

function size(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
