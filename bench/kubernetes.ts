/**
 * Kubernetes, seen from outside, on an API server that is made up: how long from the start until all targets are
 * shown (three for each pod), memory, processor time, how long from a change until it is shown, and what a
 * thousand changes a second take.
 *
 *   node bench/dist/kubernetes.js [pods, 5000 20000 100000] [--stream]
 *   node bench/dist/kubernetes.js --real URL --token TOKEN [pods]     the pods that a real server has
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, metric, sleep, until, usage, Workshop } from './child.js'
import type { Order } from './kubernetes-fake.js'
import { line, median } from './report.js'

const root = path.resolve(import.meta.dirname, '..', '..')
const active = 'prometheus_target_scrape_pool_targets'
const targetsOfPod = 3
const changes = 100
/** How often a poll looks whether all targets are shown: each takes processor time of what is measured. */
const pollMs = 100
const storm: Order = { changes: 10_000, perSecond: 1000 }

interface LoopDelay {
  readonly heldMs: readonly number[]
}

/** How long the event loop was held at most since this was asked for last; milliseconds. */
async function longestTurn(child: ChildProcess): Promise<number> {
  const answer = once(child, 'message') as Promise<[LoopDelay]>
  child.send('read')
  const [{ heldMs }] = await answer
  const again = once(child, 'message')
  child.send('reset')
  await again
  return heldMs.at(-1) ?? Number.NaN
}

/** The most memory that a process has taken, in MiB. */
function peakMemory({ pid = 0 }: ChildProcess): number {
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}

/** A job of all pods; one whose label `revision` is odd is dropped, so that a change is seen in the counts. */
function config(server: string, token: string | undefined): string {
  const access =
    token === undefined
      ? {}
      : { authorization: { credentials: token }, tls_config: { insecure_skip_verify: true } }
  return JSON.stringify({
    scrape_configs: [
      {
        job_name: 'pods',
        kubernetes_sd_configs: [{ role: 'pod', api_server: server, ...access }],
        relabel_configs: [
          {
            source_labels: ['__meta_kubernetes_pod_label_revision'],
            regex: '.*[13579]',
            action: 'drop',
          },
          { regex: '__meta_kubernetes_pod_label_(app|tier)', action: 'labelmap' },
        ],
      },
    ],
  })
}

interface Scene {
  readonly server: string
  readonly token?: string
  readonly pods: number
  /** The made-up server. */
  readonly fake?: ChildProcess
}

async function measure(shop: Workshop, { server, token, pods, fake }: Scene): Promise<void> {
  const targets = pods * targetsOfPod
  writeFileSync(path.join(shop.folder, 'p.yml'), config(server, token))
  const address = `127.0.0.1:${String(await freePort())}`
  const child = spawn(
    process.execPath,
    [
      '--import',
      path.join(root, 'bench/dist/loop-delay.js'),
      path.join(root, 'dist/bin/muster.js'),
      '--log.level=warn',
      '--config.file=p.yml',
      `--web.listen-address=${address}`,
    ],
    { cwd: shop.folder, stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
  )
  try {
    const shown = (): Promise<number> => metric(address, active)
    // Until it answers it loads its own code, which holds the loop as well.
    const loading = await until(async () => (await fetch(`http://${address}/-/healthy`)).ok)
    await longestTurn(child)
    const start = loading + (await until(async () => (await shown()) >= targets, 300_000, pollMs))
    const cpu = usage(child).cpu
    line(`${String(pods)} pods: start until ${String(targets)} targets are shown`, seconds(start))
    line('  processor time until then, polling included', `${cpu.toFixed(2)} s`)
    await sleep(6000)
    const { rss } = usage(child)
    line('  memory (RSS), and its peak', `${rss.toFixed(0)} MiB`, peakMemory(child).toFixed(0))
    line(
      '  longest turn of the event loop since it answers',
      `${(await longestTurn(child)).toFixed(0)} ms`,
    )
    if (fake === undefined) return
    const polls: number[] = []
    for (let i = 0; i < 20; i += 1) {
      const begin = performance.now()
      await shown()
      polls.push(performance.now() - begin)
    }
    line('  one poll alone: p50', `${median(polls.sort((a, b) => a - b)).toFixed(0)} ms`)
    const took: number[] = []
    for (let i = 1; i <= changes; i += 1) {
      const begin = performance.now()
      fake.send({ changes: 1, perSecond: 1000 } satisfies Order)
      await until(async () => (await shown()) <= targets - i * targetsOfPod, 60_000, 1)
      took.push(performance.now() - begin)
      await sleep(100)
    }
    took.sort((a, b) => a - b)
    const slow = took[Math.floor(took.length * 0.99)] ?? Number.NaN
    line(
      '  a change until it is shown, telling of it and polling included: p50 / p99',
      `${median(took).toFixed(0)} / ${slow.toFixed(0)} ms`,
    )
    await longestTurn(child)
    const before = usage(child).cpu
    const done = once(fake, 'message')
    const begin = performance.now()
    fake.send(storm)
    await done
    await sleep(500)
    const share = (usage(child).cpu - before) / ((performance.now() - begin) / 1000)
    line('  1,000 changes a second: share of a core', `${(share * 100).toFixed(0)} %`)
    line('    longest turn of the event loop', `${(await longestTurn(child)).toFixed(0)} ms`)
  } finally {
    child.kill('SIGKILL')
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    stream: { type: 'boolean', default: false },
    real: { type: 'string' },
    token: { type: 'string' },
  },
})
const counts = positionals.length > 0 ? positionals.map(Number) : [5000, 20_000, 100_000]
const shop = new Workshop()
try {
  if (values.real !== undefined) {
    const { real: server, token = '' } = values
    await measure(shop, { server, token, pods: counts[0] ?? 5000 })
  } else {
    for (const pods of counts) {
      const args = [String(pods), values.stream ? 'stream' : 'list']
      const fake = fork(path.join(root, 'bench/dist/kubernetes-fake.js'), args)
      try {
        const [{ url }] = (await once(fake, 'message')) as [{ readonly url: string }]
        await measure(shop, { server: url, pods, fake })
      } finally {
        fake.kill('SIGKILL')
      }
    }
  }
} finally {
  shop.close()
}
