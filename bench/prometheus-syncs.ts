/** What building targets takes the real Prometheus, by its own metrics. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { freePort, metric, until, Workshop } from './child.js'
import type { LabelSet } from './consul-labels.js'
import { peer } from './peers.js'

/** Seconds. */
export interface Syncs {
  /** The first time all targets are made. */
  readonly first: number
  /** After a change of one of them. */
  readonly again: number
}

const sum = 'prometheus_target_sync_length_seconds_sum'
const count = 'prometheus_target_sync_length_seconds_count'

/**
 * Runs a Prometheus on these label sets; undefined where none is installed.
 * @param rules as in a config
 */
export async function prometheusSyncs(
  sets: readonly LabelSet[],
  rules: readonly object[],
): Promise<Syncs | undefined> {
  const binary = peer('prometheus')
  if (binary === undefined) return undefined
  const shop = new Workshop()
  try {
    const groups = sets.map(({ __address__: address, ...labels }) => ({
      targets: [address],
      labels,
    }))
    const write = (): void =>
      writeFileSync(path.join(shop.folder, 't.json'), JSON.stringify(groups))
    write()
    const job = {
      job_name: 'bench',
      relabel_configs: rules,
      file_sd_configs: [{ files: ['t.json'] }],
    }
    const config = { global: { scrape_interval: '100y' }, scrape_configs: [job] }
    writeFileSync(path.join(shop.folder, 'p.yml'), JSON.stringify(config))
    const address = `127.0.0.1:${String(await freePort())}`
    shop.start(binary, [
      '--agent',
      '--config.file=p.yml',
      '--storage.agent.path=wal',
      '--log.level=error',
      `--web.listen-address=${address}`,
    ])
    const done = (times: number) => async (): Promise<boolean> =>
      (await metric(address, count)) >= times &&
      (await metric(address, 'prometheus_target_scrape_pool_targets')) > 0
    await until(done(1))
    const [first, before] = [await metric(address, sum), await metric(address, count)]
    groups.push({ targets: ['new:1'], labels: groups[0]?.labels ?? {} })
    write()
    await until(done(before + 1))
    const syncs = (await metric(address, count)) - before
    return { first, again: ((await metric(address, sum)) - first) / syncs }
  } finally {
    shop.close()
  }
}
