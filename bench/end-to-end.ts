import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'

/**
 * The built daemon as its own process, seen from outside: how long from its start until every target
 * is shown, from a change until it is shown, processor time a change, and memory.
 *
 *   node bench/dist/end-to-end.js file [targets]        one file of groups of ten
 *   node bench/dist/end-to-end.js consul [services]     ten instances each, on a Consul of its own
 *                                                       (MUSTER_PEER_CONSUL, or scripts/peers.sh)
 */
const [kind = 'file', count] = process.argv.slice(2)
const work = mkdtempSync(path.join(os.tmpdir(), 'muster-bench-'))
const children: ChildProcess[] = []
const root = path.resolve(import.meta.dirname, '../..')
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function start(command: string, args: readonly string[]): ChildProcess {
  const child = spawn(command, args, { cwd: work, stdio: 'ignore' })
  children.push(child)
  return child
}

/** Polls until a condition holds; gives the milliseconds it took. */
async function until(holds: () => Promise<boolean>, limitMs = 120_000): Promise<number> {
  const begin = performance.now()
  while (performance.now() - begin < limitMs) {
    if (await holds().catch(() => false)) return performance.now() - begin
    await sleep(5)
  }
  throw new Error('not within the time limit')
}

const report = (what: string, text: string): void => {
  process.stdout.write(`${what.padEnd(46)} ${text}\n`)
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(3)} s`

/** Processor seconds so far and memory in MiB, as the kernel counts them. */
function usage(pid: number): { cpu: number; rss: number } {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const status = readFileSync(`/proc/${String(pid)}/status`, 'utf8')
  const rss = Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, rss }
}

interface Scene {
  readonly config: string
  readonly total: number
  /** Makes the i-th change, and says what of the body shows it. */
  change(i: number): Promise<void>
}

const group = (name: string): object => ({
  targets: Array.from({ length: 10 }, (_, j) => `${name}-${String(j)}.example.net:9100`),
  labels: { team: name, env: 'production', region: 'eu-west-1', tier: 'backend' },
})

function fileScene(targets: number): Scene {
  const groups = Array.from({ length: targets / 10 }, (_, i) => group(`g${String(i)}`))
  const write = (): void => writeFileSync(path.join(work, 't.json'), JSON.stringify(groups))
  write()
  return {
    config: "scrape_configs: [{job_name: bench, file_sd_configs: [{files: ['t.json']}]}]\n",
    total: targets,
    change: async (i) => {
      groups.push(group(`new${String(i)}`))
      write()
    },
  }
}

async function consulScene(services: number): Promise<Scene> {
  const ports = await Promise.all([0, 1, 2, 3].map(freePort))
  const [http, server, lan, wan] = ports.map(String)
  const home = process.env['PEERS_DIR'] ?? path.join(os.homedir(), '.cache/muster-peers')
  const binary = process.env['MUSTER_PEER_CONSUL'] ?? path.join(home, 'consul/usr/bin/consul')
  const consulPorts = [
    `-http-port=${http ?? ''}`,
    `-server-port=${server ?? ''}`,
    `-serf-lan-port=${lan ?? ''}`,
    `-serf-wan-port=${wan ?? ''}`,
  ]
  const limits = '-hcl=limits { http_max_conns_per_client = 15000 }'
  const fixed = ['agent', '-dev', '-bind=127.0.0.1', '-dns-port=-1', '-grpc-port=-1', limits]
  start(binary, fixed.concat(consulPorts))
  const url = `http://127.0.0.1:${http ?? ''}`
  await until(async () => (await (await fetch(`${url}/v1/status/leader`)).text()).includes(':'))
  const register = async (service: number, instance: number): Promise<void> => {
    const name = `service-${String(service)}`
    // Into the catalog: an agent of its own takes ever longer for each service it has.
    const body = {
      Node: `node-${String(service % 100)}`,
      Address: '127.0.0.1',
      Service: {
        Service: name,
        ID: `${name}-${String(instance)}`,
        Address: `10.${String(service >> 8)}.${String(service & 255)}.${String(instance)}`,
        Port: 9000,
        Tags: ['production', 'v2'],
        Meta: { team: `t${String(service % 7)}` },
      },
    }
    const answer = await fetch(`${url}/v1/catalog/register`, {
      method: 'PUT',
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(await answer.text())
  }
  for (let i = 0; i < services; i += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, j) => register(i, j)))
  }
  return {
    config: `scrape_configs: [{job_name: bench, consul_sd_configs: [{server: '127.0.0.1:${http ?? ''}'}]}]\n`,
    // Consul is a service of its own.
    total: services * 10 + 1,
    change: (i) => register((i * 37) % services, 10 + i),
  }
}

const scene =
  kind === 'consul' ? await consulScene(Number(count ?? 1000)) : fileScene(Number(count ?? 100_000))
try {
  writeFileSync(path.join(work, 'p.yml'), scene.config)
  const address = `127.0.0.1:${String(await freePort())}`
  const daemon = start(process.execPath, [
    path.join(root, 'dist/cli/main.js'),
    '--config.file=p.yml',
    '--log.level=warn',
    `--web.listen-address=${address}`,
  ])
  const active = async (): Promise<number> => {
    const text = await (await fetch(`http://${address}/metrics`)).text()
    return Number(/^prometheus_target_scrape_pool_targets\{[^}]*\} (\S+)$/m.exec(text)?.[1])
  }
  const begun = await until(async () => (await active()) === scene.total)
  report(`${kind}: ${String(scene.total)} targets, start to all shown`, seconds(begun))
  await sleep(5000)
  const { pid = 0 } = daemon
  const before = usage(pid)
  const perChange = kind === 'file' ? 10 : 1
  const took: number[] = []
  for (let i = 0; i < 20; i += 1) {
    const want = scene.total + (i + 1) * perChange
    const begin = performance.now()
    await scene.change(i)
    const written = performance.now() - begin
    took.push(written + (await until(async () => (await active()) >= want)))
    await sleep(500)
  }
  took.sort((a, b) => a - b)
  report(
    'change to shown, writing included, p50 / p95',
    `${seconds(took[10] ?? 0)} / ${seconds(took[18] ?? 0)}`,
  )
  const after = usage(pid)
  report(
    'processor time a change, polling included',
    seconds(((after.cpu - before.cpu) / 20) * 1000),
  )
  report('memory idle, before the changes', `${before.rss.toFixed(0)} MiB RSS`)
} finally {
  for (const child of children) child.kill('SIGKILL')
  rmSync(work, { recursive: true, force: true })
}
