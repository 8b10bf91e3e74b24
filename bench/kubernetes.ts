/**
 * Kubernetes, seen from outside: how long from the start until all targets are shown (three for each pod), memory,
 * processor time, how long from a change until it is shown, and what a thousand changes a second take. The API
 * server is made up, or a real one that is running.
 *
 *   node bench/dist/kubernetes.js [pods, 5000 20000 100000] [--stream]
 *   node bench/dist/kubernetes.js --peer prometheus|vmagent [pods, 5000 20000]   the same of a peer
 *   node bench/dist/kubernetes.js --jobs [pods, 5000]        jobs of pods, endpoints and slices together
 *   node bench/dist/kubernetes.js --namespaces [pods, 5000]  endpoints of ten namespaces, with their nodes
 *   node bench/dist/kubernetes.js --reload [pods, 5000]      a reload that changes one of ten jobs
 *   node bench/dist/kubernetes.js --real URL --token TOKEN [pods]     the pods that a real server has
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, metric, sleep, until, usage, Workshop } from './child.js'
import type { Order, Report } from './kubernetes-fake.js'
import { peer } from './peers.js'
import { line, median } from './report.js'

const root = path.resolve(import.meta.dirname, '..', '..')
const targetsOfPod = 3
/** How often a poll looks whether all targets are shown: each takes processor time of what is measured. */
const pollMs = 100
const storm: Order = { changes: 10_000, perSecond: 1000 }
const one: Order = { changes: 1, perSecond: 1000 }

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

/** An API server to be asked. */
interface Server {
  readonly url: string
  readonly token?: string
  readonly pods: number
  /** The process of the made-up one. */
  readonly fake?: ChildProcess
}

interface JobOptions {
  readonly role?: string
  readonly section?: Readonly<Record<string, unknown>>
  readonly rules?: readonly unknown[]
}

/** What a job does to pods whose label `revision` is odd, so that a change is seen in the counts. */
const dropChanged = {
  source_labels: ['__meta_kubernetes_pod_label_revision'],
  regex: '.*[13579]',
  action: 'drop',
}
const keepChanged = { ...dropChanged, action: 'keep' }

function job(name: string, { url, token }: Server, options: JobOptions): unknown {
  const { role = 'pod', section = {}, rules = [dropChanged] } = options
  const access =
    token === undefined
      ? {}
      : { authorization: { credentials: token }, tls_config: { insecure_skip_verify: true } }
  return {
    job_name: name,
    // No program that scrapes is to call a pod.
    scrape_interval: '100y',
    kubernetes_sd_configs: [{ role, api_server: url, ...access, ...section }],
    relabel_configs: [
      ...rules,
      { regex: '__meta_kubernetes_pod_label_(app|tier)', action: 'labelmap' },
    ],
  }
}

/** A program that runs the config p.yml of the workshop's folder. */
interface Program {
  readonly name: string
  readonly command: string
  readonly args: (address: string) => readonly string[]
  /** The metric of the targets, or pods, that were found, and how many a pod has. */
  readonly found: string
  readonly ofPod: number
  /** The metric of the targets that the rules have left. */
  readonly kept: string
}

const muster: Program = {
  name: 'muster',
  command: process.execPath,
  args: (address) => [
    '--import',
    path.join(root, 'bench/dist/loop-delay.js'),
    path.join(root, 'dist/bin/muster.js'),
    '--log.level=warn',
    '--config.file=p.yml',
    `--web.listen-address=${address}`,
  ],
  found: 'prometheus_target_scrape_pool_targets',
  ofPod: targetsOfPod,
  kept: 'prometheus_target_scrape_pool_targets',
}

function peerProgram(name: string): Program {
  const command = name === 'prometheus' || name === 'vmagent' ? peer(name) : undefined
  if (command === undefined) throw new Error(`no ${name} is installed: run scripts/peers.sh`)
  if (name === 'prometheus') {
    return {
      name,
      command,
      args: (address) => [
        '--config.file=p.yml',
        `--web.listen-address=${address}`,
        '--agent',
        '--storage.agent.path=data',
        '--log.level=error',
      ],
      found: 'prometheus_sd_discovered_targets',
      ofPod: targetsOfPod,
      kept: 'prometheus_target_scrape_pool_targets',
    }
  }
  return {
    name,
    command,
    args: (address) => [
      '-promscrape.config=p.yml',
      `-httpListenAddr=${address}`,
      // Nothing is scraped, so nothing is sent.
      '-remoteWrite.url=http://127.0.0.1:1/',
      '-remoteWrite.tmpDataPath=data',
      '-promscrape.kubernetesSDCheckInterval=1s',
      '-promscrape.suppressDuplicateScrapeTargetErrors',
      '-loggerLevel=ERROR',
    ],
    found: 'vm_promscrape_discovery_kubernetes_objects',
    ofPod: 1,
    kept: 'vm_promscrape_targets',
  }
}

/** A program that was started, on a config. */
class Running {
  readonly child: ChildProcess
  readonly #address: string
  readonly #program: Program

  private constructor(child: ChildProcess, address: string, program: Program) {
    this.child = child
    this.#address = address
    this.#program = program
  }

  static async start(shop: Workshop, program: Program, jobs: readonly unknown[]): Promise<Running> {
    writeFileSync(path.join(shop.folder, 'p.yml'), JSON.stringify({ scrape_configs: jobs }))
    const address = `127.0.0.1:${String(await freePort())}`
    const child = spawn(program.command, program.args(address), {
      cwd: shop.folder,
      stdio: ['ignore', 'ignore', 'inherit', ...(program === muster ? (['ipc'] as const) : [])],
    })
    return new Running(child, address, program)
  }

  /** Waits until it answers. @returns milliseconds */
  answers(): Promise<number> {
    return until(async () => (await fetch(`http://${this.#address}/metrics`)).ok)
  }

  /** Waits until it has found so many pods. @returns milliseconds */
  finds(targets: number): Promise<number> {
    const { found, ofPod } = this.#program
    const enough = (targets / targetsOfPod) * ofPod
    return until(async () => (await metric(this.#address, found)) >= enough, 300_000, pollMs)
  }

  kept(): Promise<number> {
    return metric(this.#address, this.#program.kept)
  }

  /** Changes pods until `count` changes were seen. @returns how long each took, sorted; milliseconds */
  async seeChanges(fake: ChildProcess, count: number): Promise<readonly number[]> {
    const took: number[] = []
    for (let i = 0; i < count; i += 1) {
      const before = await this.kept()
      const begin = performance.now()
      const done = once(fake, 'message')
      fake.send(one)
      await until(async () => (await this.kept()) !== before, 60_000, 1)
      took.push(performance.now() - begin)
      await done
      await sleep(100)
    }
    return took.sort((a, b) => a - b)
  }

  showMemory(): void {
    const { rss } = usage(this.child)
    line('  memory (RSS), and its peak', `${rss.toFixed(0)} MiB`, peakMemory(this.child).toFixed(0))
  }

  end(): void {
    this.child.kill('SIGKILL')
  }
}

function showChanges(took: readonly number[]): void {
  const slow = took[Math.floor(took.length * 0.99)] ?? Number.NaN
  line(
    '  a change until it is shown, making it and polling included: p50 / p99',
    `${median(took).toFixed(0)} / ${slow.toFixed(0)} ms`,
  )
}

async function measureMuster(shop: Workshop, server: Server): Promise<void> {
  const { pods, fake } = server
  const targets = pods * targetsOfPod
  const running = await Running.start(shop, muster, [job('pods', server, {})])
  try {
    // Until it answers it loads its own code, which holds the loop as well.
    const loading = await running.answers()
    await longestTurn(running.child)
    const start = loading + (await running.finds(targets))
    const { cpu } = usage(running.child)
    line(`${String(pods)} pods: start until ${String(targets)} targets are shown`, seconds(start))
    line('  processor time until then, polling included', `${cpu.toFixed(2)} s`)
    await sleep(6000)
    running.showMemory()
    const turn = await longestTurn(running.child)
    line('  longest turn of the event loop since it answers', `${turn.toFixed(0)} ms`)
    if (fake === undefined) return
    const polls: number[] = []
    for (let i = 0; i < 20; i += 1) {
      const begin = performance.now()
      await running.kept()
      polls.push(performance.now() - begin)
    }
    line('  one poll alone: p50', `${median(polls).toFixed(0)} ms`)
    showChanges(await running.seeChanges(fake, 100))
    await longestTurn(running.child)
    const before = usage(running.child).cpu
    const done = once(fake, 'message')
    const begin = performance.now()
    fake.send(storm)
    await done
    await sleep(500)
    const share = (usage(running.child).cpu - before) / ((performance.now() - begin) / 1000)
    line('  1,000 changes a second: share of a core', `${(share * 100).toFixed(0)} %`)
    const held = await longestTurn(running.child)
    line('    longest turn of the event loop', `${held.toFixed(0)} ms`)
  } finally {
    running.end()
  }
}

/** A peer is given rules that leave nothing but changed pods: it would scrape the others. */
async function measurePeer(shop: Workshop, program: Program, server: Server): Promise<void> {
  const targets = server.pods * targetsOfPod
  const port = '__meta_kubernetes_pod_container_port_number'
  const address = {
    source_labels: [port],
    target_label: '__address__',
    replacement: '127.0.0.1:$1',
  }
  const rules = [keepChanged, address]
  const running = await Running.start(shop, program, [job('pods', server, { rules })])
  try {
    const start = (await running.answers()) + (await running.finds(targets))
    const { cpu } = usage(running.child)
    line(`${program.name}, ${String(server.pods)} pods: start until all are found`, seconds(start))
    line('  processor time until then, polling included', `${cpu.toFixed(2)} s`)
    await sleep(6000)
    running.showMemory()
    if (server.fake !== undefined) showChanges(await running.seeChanges(server.fake, 8))
  } finally {
    running.end()
  }
}

async function reportOf(fake: ChildProcess): Promise<Report> {
  const answer = once(fake, 'message') as Promise<[Report]>
  fake.send('report')
  const [report] = await answer
  return report
}

function watchesOf({ watches }: Report): string {
  return Object.entries(watches)
    .map(([kind, count]) => `${String(count)} of ${kind}`)
    .join(', ')
}

/** Starts muster on jobs and shows its memory and its watches. */
async function measureJobs(
  shop: Workshop,
  what: string,
  jobs: readonly unknown[],
  fake: ChildProcess,
): Promise<Running> {
  const running = await Running.start(shop, muster, jobs)
  await running.answers()
  await running.finds(jobs.length)
  await sleep(10_000)
  line(what, `${String(await running.kept())} targets`)
  running.showMemory()
  line('  watches', watchesOf(await reportOf(fake)))
  return running
}

async function measureThree(shop: Workshop, server: Server, fake: ChildProcess): Promise<void> {
  const jobs = ['pod', 'endpoints', 'endpointslice'].map((role) => job(role, server, { role }))
  const what = `${String(server.pods)} pods, jobs of pods, endpoints and slices`
  const running = await measureJobs(shop, what, jobs, fake)
  running.end()
}

async function measureNamespaces(
  shop: Workshop,
  server: Server,
  fake: ChildProcess,
): Promise<void> {
  const names = Array.from({ length: 10 }, (_, i) => `ns-${String(i).padStart(2, '0')}`)
  const section = { namespaces: { names }, attach_metadata: { node: true } }
  const jobs = [job('endpoints', server, { role: 'endpoints', section })]
  const running = await measureJobs(shop, 'endpoints of ten namespaces, with nodes', jobs, fake)
  running.end()
}

async function measureReload(shop: Workshop, server: Server, fake: ChildProcess): Promise<void> {
  const jobs = (changed: string): readonly unknown[] =>
    Array.from({ length: 10 }, (_, i) => {
      const mark = { target_label: 'mark', replacement: i === 0 ? changed : 'same' }
      return job(`pods-${String(i)}`, server, { rules: [dropChanged, mark] })
    })
  const running = await measureJobs(shop, 'ten jobs of all pods', jobs('old'), fake)
  const before = await reportOf(fake)
  writeFileSync(path.join(shop.folder, 'p.yml'), JSON.stringify({ scrape_configs: jobs('new') }))
  running.child.kill('SIGHUP')
  await sleep(5000)
  const after = await reportOf(fake)
  line('  a reload that changes one: lists asked', String(after.lists - before.lists))
  line('    requests of any kind', String(after.asked - before.asked))
  running.end()
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`
}

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    stream: { type: 'boolean', default: false },
    peer: { type: 'string' },
    jobs: { type: 'boolean', default: false },
    namespaces: { type: 'boolean', default: false },
    reload: { type: 'boolean', default: false },
    real: { type: 'string' },
    token: { type: 'string' },
  },
})
const isOne = values.jobs || values.namespaces || values.reload || values.real !== undefined
const usual = isOne ? [5000] : values.peer === undefined ? [5000, 20_000, 100_000] : [5000, 20_000]
const counts = positionals.length > 0 ? positionals.map(Number) : usual
const shop = new Workshop()

async function measure(server: Server, fake: ChildProcess | undefined): Promise<void> {
  if (values.peer !== undefined) await measurePeer(shop, peerProgram(values.peer), server)
  else if (fake !== undefined && values.jobs) await measureThree(shop, server, fake)
  else if (fake !== undefined && values.namespaces) await measureNamespaces(shop, server, fake)
  else if (fake !== undefined && values.reload) await measureReload(shop, server, fake)
  else await measureMuster(shop, server)
}

try {
  for (const pods of counts) {
    if (values.real !== undefined) {
      await measure({ url: values.real, token: values.token ?? '', pods }, undefined)
      continue
    }
    const services = values.jobs || values.namespaces ? ['services'] : []
    const args = [String(pods), values.stream ? 'stream' : 'list', ...services]
    const fake = fork(path.join(root, 'bench/dist/kubernetes-fake.js'), args)
    try {
      const [{ url }] = (await once(fake, 'message')) as [{ readonly url: string }]
      await measure({ url, pods, fake }, fake)
    } finally {
      fake.kill('SIGKILL')
    }
  }
} finally {
  shop.close()
}
