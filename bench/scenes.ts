/** What daemons are run on: a config, and changes of what it discovers. */
import { readdirSync, realpathSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort, metric, startMuster, until, type Workshop } from './child.js'
import { NomadServer } from './nomad-server.js'
import { peer } from './peers.js'

export interface Scene {
  /** `prometheus.yml`; never scrapes. */
  readonly config: string
  readonly targets: number
  /** How many targets a change brings. */
  readonly perChange: number
  /** Makes the next change, which brings new targets. */
  change(): Promise<void>
  /** How many requests its server was sent so far, where it counts them. */
  requests?(): number
  close?(): void
}

const never = 'global: {scrape_interval: 100y}\n'

const group = (name: string): object => ({
  targets: Array.from({ length: 10 }, (_, j) => `${name}-${String(j)}.example.net:9100`),
  labels: { team: name, env: 'production', region: 'eu-west-1', tier: 'backend' },
})

/** One file of targets in groups of ten. */
export function fileScene(shop: Workshop, targets: number): Scene {
  const groups = Array.from({ length: targets / 10 }, (_, i) => group(`g${String(i)}`))
  const write = (): void => writeFileSync(path.join(shop.folder, 't.json'), JSON.stringify(groups))
  write()
  let changes = 0
  return {
    config: `${never}scrape_configs: [{job_name: bench, file_sd_configs: [{files: ['t.json']}]}]\n`,
    targets,
    perChange: 10,
    change: async () => {
      changes += 1
      groups.push(group(`new${String(changes)}`))
      write()
    },
  }
}

/** A Consul of its own with services of ten instances each. */
export async function consulScene(shop: Workshop, services: number): Promise<Scene> {
  const binary = peer('consul')
  if (binary === undefined) throw new Error('no Consul is installed: run scripts/peers.sh')
  const [http, ...others] = (await Promise.all([0, 1, 2, 3].map(freePort))).map(String)
  const [server = '', lan = '', wan = ''] = others
  const limits = '-hcl=limits { http_max_conns_per_client = 15000 }'
  const fixed = ['agent', '-dev', '-bind=127.0.0.1', '-dns-port=-1', '-grpc-port=-1', limits]
  const ports = [`-http-port=${http ?? ''}`, `-server-port=${server}`]
  shop.start(binary, [...fixed, ...ports, `-serf-lan-port=${lan}`, `-serf-wan-port=${wan}`])
  const url = `http://127.0.0.1:${http ?? ''}`
  await until(async () => (await (await fetch(`${url}/v1/status/leader`)).text()).includes(':'))
  const register = async (service: number, instance: number): Promise<void> => {
    const body = JSON.stringify(registration(service, instance))
    const answer = await fetch(`${url}/v1/catalog/register`, { method: 'PUT', body })
    if (!answer.ok) throw new Error(await answer.text())
  }
  for (let i = 0; i < services; i += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, j) => register(i, j)))
  }
  let changes = 0
  return {
    config: `${never}scrape_configs: [{job_name: bench, consul_sd_configs: [{server: '127.0.0.1:${http ?? ''}'}]}]\n`,
    // Consul is a service of its own.
    targets: services * 10 + 1,
    perChange: 1,
    change: () => {
      changes += 1
      return register((changes * 37) % services, 10 + changes)
    },
  }
}

/** A server like Nomad with services of ten instances each. */
export async function nomadScene(services: number): Promise<Scene> {
  const nomad = new NomadServer()
  const server = await nomad.listen()
  for (let i = 0; i < services; i += 1) {
    for (let j = 0; j < 10; j += 1) nomad.register(i, j)
  }
  let changes = 0
  return {
    config: `${never}scrape_configs: [{job_name: bench, nomad_sd_configs: [{server: '${server}'}]}]\n`,
    targets: services * 10,
    perChange: 1,
    change: async () => {
      changes += 1
      nomad.register((changes * 37) % services, 10 + changes)
    },
    requests: () => nomad.requests,
    close: () => nomad.close(),
  }
}

/** Into the catalog: an agent of its own takes ever longer for each service it has. */
function registration(service: number, instance: number): object {
  const name = `service-${String(service)}`
  return {
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
}

/** A ZooKeeper of its own with a serverset of members, all of one session, as their program has it. */
export async function zookeeperScene(shop: Workshop, members: number): Promise<Scene> {
  const folder = peer('zookeeper')
  if (folder === undefined) throw new Error('no ZooKeeper is installed: run scripts/peers.sh')
  const port = await freePort()
  const address = `127.0.0.1:${String(port)}`
  const config = {
    tickTime: 500,
    dataDir: path.join(shop.folder, 'data'),
    clientPortAddress: '127.0.0.1',
    clientPort: port,
    'admin.enableServer': false,
    '4lw.commands.whitelist': 'srvr',
  }
  const lines = Object.entries(config).map(([key, value]) => `${key}=${String(value)}\n`)
  writeFileSync(path.join(shop.folder, 'zoo.cfg'), lines.join(''))
  const jars = jarsOf(folder)
  const server = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
  shop.start('java', ['-Xmx512m', '-cp', jars, server, 'zoo.cfg'])
  const znodes = async (): Promise<number> => {
    const socket = net.connect(port, '127.0.0.1')
    // While it starts it may take a connection and forget it.
    socket.setTimeout(1000, () => socket.destroy(new Error('ZooKeeper does not answer')))
    socket.end('srvr')
    return Number(/Node count: (\d+)/.exec(await text(socket))?.[1])
  }
  await until(async () => (await znodes()) > 0)
  // ZooKeeper's own shell writes.
  const shell = ['-cp', jars, 'org.apache.zookeeper.ZooKeeperMain', '-server', address]
  const { stdin } = shop.start('java', shell, 'pipe')
  let made = 0
  const create = (): void => {
    made += 1
    const host = `10.0.${String(made >> 8)}.${String(made & 255)}`
    const data = {
      serviceEndpoint: { host, port: 31_000 },
      additionalEndpoints: {},
      status: 'ALIVE',
    }
    stdin?.write(
      `create -e /services/member_${String(made).padStart(10, '0')} '${JSON.stringify(data)}'\n`,
    )
  }
  stdin?.write('create /services\n')
  const before = await znodes()
  for (let i = 0; i < members; i += 1) create()
  await until(async () => (await znodes()) >= before + members)
  // A server in use is not a second old: what it reads with is compiled. What warms it up is no peer's own advantage.
  const job = {
    job_name: 'warm',
    serverset_sd_configs: [{ servers: [address], paths: ['/services'] }],
  }
  for (let i = 0; i < 3; i += 1) {
    const warming = await startMuster(shop, [job])
    const shown = 'prometheus_target_scrape_pool_targets'
    await until(async () => (await metric(warming.address, shown)) >= members)
    await shop.stop(warming.child)
  }
  const section = `{servers: ['${address}'], paths: [/services]}`
  return {
    config: `${never}scrape_configs: [{job_name: bench, serverset_sd_configs: [${section}]}]\n`,
    targets: members,
    perChange: 1,
    change: () => {
      create()
      return Promise.resolve()
    },
  }
}

/** Of the bindings of slf4j only the silent one. */
function jarsOf(folder: string): string {
  const others =
    /^(?:slf4j-(?:simple|log4j12|jdk14|jcl|reload4j)|logback-|log4j-over|jcl-over|jul-to)/
  const jars = readdirSync(folder).filter((name) => name.endsWith('.jar') && !others.test(name))
  return [...new Set(jars.map((name) => realpathSync(path.join(folder, name))))]
    .filter((jar) => !others.test(path.basename(jar)))
    .join(':')
}
