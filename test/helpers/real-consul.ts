import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { freePorts } from './free-port.js'
import { RealProcess } from './real-process.js'

/** What kind of Consul. */
export interface ConsulOptions {
  /** Whether it remembers its state over a restart; it does not, unless told. */
  readonly keeps?: boolean
  /** On top of what keeps it on loopback. With a `key_file` it serves HTTPS too. */
  readonly config?: Readonly<Record<string, unknown>>
}

/** One server that finds itself the leader within a second. */
const fast = { bootstrap_expect: 1, performance: { raft_multiplier: 1 } }

/** A real Consul on loopback that can be killed, and comes back at the same address. */
export class RealConsul {
  readonly port: number
  readonly httpsPort: number
  /** Where it runs, and where a unix socket of its config is. */
  readonly folder: string
  readonly #keeps: boolean
  #process: RealProcess | undefined

  private constructor(port: number, httpsPort: number, folder: string, keeps: boolean) {
    this.port = port
    this.httpsPort = httpsPort
    this.folder = folder
    this.#keeps = keeps
  }

  /** Starts it, and waits until it answers. */
  static async start({ keeps = false, config = {} }: ConsulOptions = {}): Promise<RealConsul> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-consul-'))
    const [api = 0, https = 0, server, serf_lan, serf_wan] = await freePorts(5)
    const ports = { http: api, server, serf_lan, serf_wan, dns: -1, grpc: -1 }
    const whole = {
      disable_update_check: true,
      ...(keeps ? { ...fast, server: true, data_dir: path.join(folder, 'data') } : {}),
      ...config,
      ports: 'key_file' in config ? { ...ports, https } : ports,
    }
    await writeFile(path.join(folder, 'consul.json'), JSON.stringify(whole))
    const consul = new RealConsul(api, https, folder, keeps)
    try {
      await consul.restart()
    } catch (error) {
      await consul.stop()
      throw error
    }
    return consul
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return `127.0.0.1:${String(this.port)}`
  }

  get url(): string {
    return `http://${this.address}/v1`
  }

  /** Starts it again, and waits until it answers. */
  async restart(): Promise<void> {
    const args = ['agent', '-node=test', '-bind=127.0.0.1', '-config-file=consul.json']
    const process = new RealProcess('consul', this.#keeps ? args : [...args, '-dev'], {
      cwd: this.folder,
    })
    this.#process = process
    await process.ready(async () => {
      const leader = await fetch(`${this.url}/status/leader`)
      if (!/:[0-9]+/.test(await leader.text())) return false
      // A server that has just become leader does not know its own node at once.
      const nodes = await fetch(`${this.url}/catalog/nodes`)
      return (await nodes.text()).includes('"Node"')
    })
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Registers instances `name:port` with its agent; their address is their name, their tag `t`. */
  async register(...instances: readonly string[]): Promise<void> {
    for (const instance of instances) {
      const [name = '', port = ''] = instance.split(':')
      const where = { ID: instance, Address: name, Port: Number(port) }
      await this.registerService({ Name: name, ...where, Tags: ['t'] })
    }
  }

  /** Registers an instance on 127.0.0.1 for each port. */
  async registerPorts(name: string, ports: readonly number[]): Promise<void> {
    for (const port of ports) {
      const id = `${name}-${String(port)}`
      await this.registerService({ Name: name, ID: id, Address: '127.0.0.1', Port: port })
    }
  }

  /** @param service as Consul's API has it */
  async registerService(service: object): Promise<void> {
    await this.put('/agent/service/register', service)
  }

  async deregister(...instances: readonly string[]): Promise<void> {
    for (const instance of instances) await this.put(`/agent/service/deregister/${instance}`)
  }

  /** Registers an instance in its catalog, on a node of its own. */
  async registerNode(
    service: string,
    id: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    await this.put('/catalog/register', {
      Node: `node-of-${id}`,
      Address: '10.0.0.1',
      Service: { ID: id, Service: service, Port: 80, ...more },
    })
  }

  async deregisterNode(id: string): Promise<void> {
    await this.put('/catalog/deregister', { Node: `node-of-${id}` })
  }

  /**
   * Puts an object, from an address of its own: Consul's limit of connections is for each client.
   * @throws when Consul refuses it
   */
  async put(route: string, body?: object): Promise<void> {
    const options = { method: 'PUT', agent: false, localAddress: '127.0.0.2' }
    const request = http.request(`${this.url}${route}`, options)
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const said = await text(response)
    if (response.statusCode !== 200) throw new Error(`Consul refused ${route}: ${said}`)
  }
}
