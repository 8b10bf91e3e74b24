/**
 * Docker and Docker Swarm, seen from outside. On a fake engine with 10,000 containers and 5,000 tasks: how
 * long from the start until all are shown, memory above a muster with nothing to do, and requests. On a
 * real engine (root, and the dockerd of scripts/peers.sh): how long from an event of the engine until its
 * change is shown.
 *
 *   node bench/dist/docker.js [--fake | --real]      on the fake or the real engine alone
 */
import { readFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import {
  emptyMuster,
  metric,
  type Running,
  settledRss,
  sleep,
  startMuster,
  until,
  usage,
  Workshop,
} from './child.js'
import { peer } from './peers.js'
import { line, median } from './report.js'

const containers = 10_000
const tasks = 5000
const changes = 40

/** Starts muster with these jobs; targets get the label `rev` of what is changed. */
async function muster(shop: Workshop, jobs: Readonly<Record<string, object>>): Promise<Running> {
  const scrape_configs = Object.entries(jobs).map(([job_name, config]) => ({
    job_name,
    relabel_configs: ['dockerswarm_service_label', 'dockerswarm_node_label'].map((label) => ({
      source_labels: [`__meta_${label}_rev`],
      regex: '(.+)',
      target_label: 'rev',
    })),
    [job_name === 'docker' ? 'docker_sd_configs' : 'dockerswarm_sd_configs']: [config],
  }))
  return await startMuster(shop, scrape_configs)
}

async function fake(shop: Workshop): Promise<void> {
  const socket = path.join(shop.folder, 'fake.sock')
  const answers = fakeAnswers()
  let requests = 0
  const server = http.createServer((request, response) => {
    const route = (request.url ?? '').replace(/^\/v[\d.]+/, '').replace(/\?.*/, '')
    response.setHeader('api-version', '1.41')
    requests += 1
    if (route === '/events') response.flushHeaders()
    else response.end(answers.get(route) ?? '[]')
  })
  await new Promise<void>((done) => server.listen(socket, done))
  const host = `unix://${socket}`
  const { rss: idle } = await emptyMuster(shop)
  const scenes = [
    ['docker', { host }, containers],
    ['tasks', { host, role: 'tasks' }, tasks],
  ] as const
  for (const [job, config, count] of scenes) {
    const running = await muster(shop, { [job]: config })
    const active = 'prometheus_target_scrape_pool_targets'
    const start = await until(
      async () => (await metric(running.address, active)) >= count,
      undefined,
      25,
    )
    const cpu = `${usage(running.child).cpu.toFixed(2)} s of processor time`
    const seconds = `${(start / 1000).toFixed(2)} s`
    line(`${job}: start until ${String(count)} targets are shown`, seconds, cpu)
    const rss = await settledRss(running)
    line('  memory above an empty muster', `${(rss - idle).toFixed(0)} MiB`, `of ${rss.toFixed(0)}`)
    await shop.stop(running.child)
    const often = await muster(shop, { [job]: { ...config, refresh_interval: '5s' } })
    await until(async () => (await metric(often.address, active)) >= count)
    await sleep(2500)
    const before = requests
    await sleep(30_000)
    line('  requests in six idle intervals', String(requests - before))
    await shop.stop(often.child)
  }
  server.closeAllConnections()
  server.close()
}

function ip(i: number): string {
  return `127.${String(100 + (i >> 16))}.${String((i >> 8) & 255)}.${String(i & 255)}`
}

function id(i: number): string {
  return i.toString(16).padStart(64, '0')
}

function fakeAnswers(): ReadonlyMap<string, string> {
  const labels = { 'com.docker.compose.project': 'bench', 'com.docker.compose.service': 'api' }
  const listed = Array.from({ length: containers }, (_, i) => ({
    Id: id(i),
    Names: [`/bench-api-${String(i)}`],
    Image: 'registry.example.com/bench/api:1.2.3',
    ImageID: `sha256:${id(7)}`,
    Command: '/bin/api --serve',
    Created: 1_795_812_640,
    Ports: [{ PrivatePort: 8080, Type: 'tcp' }],
    Labels: { ...labels, 'com.docker.compose.container-number': String(i) },
    State: 'running',
    Status: 'Up 14 seconds',
    HostConfig: { NetworkMode: 'bench' },
    NetworkSettings: {
      Networks: { bench: { NetworkID: id(1), IPAddress: ip(i), IPPrefixLen: 8 } },
    },
    Mounts: [],
  }))
  const services = Array.from({ length: 100 }, (_, i) => ({
    ID: `service${String(i)}`,
    Spec: { Name: `api-${String(i)}`, Labels: labels, Mode: { Replicated: { Replicas: 50 } } },
    Endpoint: { Ports: [{ Protocol: 'tcp', PublishedPort: 8080, PublishMode: 'ingress' }] },
  }))
  const nodes = Array.from({ length: 20 }, (_, i) => ({
    ID: `node${String(i)}`,
    Spec: { Role: 'worker', Availability: 'active', Labels: { rack: 'r1' } },
    Description: {
      Hostname: `host-${String(i)}`,
      Platform: { Architecture: 'x86_64', OS: 'linux' },
    },
    Status: { State: 'ready', Addr: ip(i) },
  }))
  const running = Array.from({ length: tasks }, (_, i) => ({
    ID: `task${String(i)}`,
    ServiceID: `service${String(i % 100)}`,
    NodeID: `node${String(i % 20)}`,
    Slot: i,
    Spec: { ContainerSpec: { Image: 'api:1', Labels: labels } },
    Status: { State: 'running', ContainerStatus: { ContainerID: id(i) }, PortStatus: {} },
    DesiredState: 'running',
    NetworksAttachments: [{ Network: { ID: id(1) }, Addresses: [`${ip(i)}/8`] }],
  }))
  const networks = [{ Id: id(1), Name: 'bench', Scope: 'local', Labels: {} }]
  return new Map(
    Object.entries({
      '/containers/json': listed,
      '/networks': networks,
      '/services': services,
      '/nodes': nodes,
      '/tasks': running,
    }).map(([route, list]) => [route, JSON.stringify(list)]),
  )
}

/** A real engine by its API. */
class Engine {
  readonly socket: string
  /** When each kind of event last came, by the engine's own clock; milliseconds. */
  readonly events = new Map<string, number>()

  constructor(folder: string) {
    this.socket = path.join(folder, 'docker.sock')
  }

  async ask<T>(method: string, url: string, body?: unknown): Promise<T> {
    const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' }
      const request = http.request({ socketPath: this.socket, path: url, method, headers }, resolve)
      request.on('error', reject)
      request.end(
        Buffer.isBuffer(body) ? body : body === undefined ? undefined : JSON.stringify(body),
      )
    })
    const said = await text(response)
    if ((response.statusCode ?? 500) >= 400) throw new Error(`${method} ${url}: ${said}`)
    return (said.startsWith('{') || said.startsWith('[') ? JSON.parse(said) : said) as T
  }

  /** Notes events from now on. */
  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      http
        .get({ socketPath: this.socket, path: '/events' }, (response) => {
          resolve()
          response.setEncoding('utf8').on('data', (lines: string) => {
            for (const one of lines.split('\n').filter(Boolean)) {
              const { Type, Action, timeNano } = JSON.parse(one) as Record<string, string>
              this.events.set(`${Type ?? ''} ${Action ?? ''}`, Number(timeNano) / 1e6)
            }
          })
        })
        .on('error', reject)
    })
  }
}

async function real(shop: Workshop, dockerd: string): Promise<void> {
  const peers = path.resolve(dockerd, '../../..')
  const folder = shop.folder
  const script = `export PATH=${peers}/usr/sbin:${peers}/usr/bin:$PATH
    mkdir -p ${folder}/image/bin && cp ${peers}/bin/busybox ${folder}/image/bin/ && tar -C ${folder}/image -cf ${folder}/image.tar .
    ip link set lo up
    exec dockerd --data-root ${folder}/data --exec-root ${folder}/exec --pidfile ${folder}/docker.pid \\
      -H unix://${folder}/docker.sock --iptables=false --ip6tables=false --userland-proxy=false --log-level=error`
  const namespaces = '--net --mount --pid --fork --mount-proc --kill-child'.split(' ')
  const child = shop.start('unshare', [...namespaces, 'bash', '-c', script])
  const engine = new Engine(folder)
  await until(async () => (await engine.ask<string>('GET', '/_ping')) === 'OK')
  await engine.ask(
    'POST',
    '/images/create?fromSrc=-&repo=busybox&tag=test',
    await readFile(`${folder}/image.tar`),
  )
  await engine.ask('POST', '/swarm/init', {
    ListenAddr: '127.0.0.1:2377',
    AdvertiseAddr: '127.0.0.1',
  })
  const image = { Image: 'busybox:test', Cmd: ['/bin/busybox', 'sleep', '1000000'] }
  const { Id: network } = await engine.ask<{ Id: string }>('POST', '/networks/create', {
    Name: 'over',
    Driver: 'overlay',
  })
  const spec = (rev: number): object => ({
    Name: 'web',
    Labels: { rev: `r${String(rev)}.` },
    TaskTemplate: {
      ContainerSpec: { Image: 'busybox:test', Args: image.Cmd },
      Networks: [{ Target: network }],
    },
    Mode: { Replicated: { Replicas: 1 } },
  })
  const { ID: service } = await engine.ask<{ ID: string }>('POST', '/services/create', spec(0))
  const { Id: container } = await engine.ask<{ Id: string }>(
    'POST',
    '/containers/create?name=bench',
    image,
  )
  const host = `unix://${engine.socket}`
  const running = await muster(shop, {
    docker: { host, filters: [{ name: 'name', values: ['bench'] }] },
    services: { host, role: 'services' },
    tasks: { host, role: 'tasks' },
  })
  const list = async (job: string): Promise<string> => {
    return await (await fetch(`http://${running.address}/http_sd/${job}`)).text()
  }
  await until(
    async () => (await list('services')).includes('r0.') && (await list('tasks')).includes('r0.'),
  )
  await engine.listen()
  await sleep(3000)

  /** Makes changes, and reports how long after its event each is shown. */
  const measure = async (
    what: string,
    event: string,
    change: (i: number) => Promise<unknown>,
    isShown: (i: number) => Promise<boolean>,
  ): Promise<void> => {
    const took: number[] = []
    for (let i = 1; i <= changes; i += 1) {
      engine.events.delete(event)
      const working = change(i)
      await until(() => Promise.resolve(engine.events.has(event)))
      await until(() => isShown(i))
      took.push(Date.now() - (engine.events.get(event) ?? Number.NaN))
      await working
      await sleep(300)
    }
    took.sort((a, b) => a - b)
    const p95 = took[Math.floor(took.length * 0.95)] ?? Number.NaN
    line(
      `${what}: event until it is shown, p50 / p95`,
      `${median(took).toFixed(0)} / ${p95.toFixed(0)} ms`,
    )
  }
  const isListed = async (): Promise<boolean> => (await list('docker')).includes('targets')
  await measure(
    'a container that starts',
    'container start',
    async () => {
      if (await isListed()) await engine.ask('POST', `/containers/${container}/kill`)
      await until(async () => !(await isListed()))
      engine.events.delete('container start')
      await engine.ask('POST', `/containers/${container}/start`)
    },
    isListed,
  )
  await measure(
    'a container that dies',
    'container die',
    async () => {
      if (!(await isListed())) await engine.ask('POST', `/containers/${container}/start`)
      await until(isListed)
      await engine.ask('POST', `/containers/${container}/kill`)
    },
    async () => !(await isListed()),
  )
  let rev = 0
  const relabel = async (): Promise<void> => {
    rev += 1
    const { Version } = await engine.ask<{ Version: { Index: number } }>(
      'GET',
      `/services/${service}`,
    )
    const version = String(Version.Index)
    await engine.ask('POST', `/services/${service}/update?version=${version}`, spec(rev))
  }
  for (const job of ['services', 'tasks']) {
    const shown = async (): Promise<boolean> => (await list(job)).includes(`r${String(rev)}.`)
    await measure(`a label of a service, role ${job}`, 'service update', relabel, shown)
  }
  await shop.stop(running.child)
  await shop.stop(child)
}

const shop = new Workshop()
try {
  if (!process.argv.includes('--real')) await fake(shop)
  const dockerd = peer('dockerd')
  if (process.argv.includes('--fake')) line('(no real engine: --fake)', '')
  else if (dockerd === undefined || process.getuid?.() !== 0)
    line('(no real engine: needs root and dockerd)', '')
  else await real(shop, dockerd)
} finally {
  shop.close()
}
