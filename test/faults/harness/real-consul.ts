import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { until } from '../../helpers/daemon.js'
import { requirePeer } from '../../helpers/peers.js'
import { freePort } from '../../notifier/free-port.js'

/** A real Consul that can be killed, and comes back at the same address. */
export class RealConsul {
  readonly address: string
  readonly #args: readonly string[]
  readonly #data: string | undefined
  #child: ChildProcess | undefined

  private constructor(address: string, args: readonly string[], data: string | undefined) {
    this.address = address
    this.#args = args
    this.#data = data
  }

  /** @param keeps whether it remembers its state over a restart */
  static async start(keeps: 'forgets' | 'keeps'): Promise<RealConsul> {
    const [api, server, lan, wan] = await Promise.all([1, 2, 3, 4].map(freePort))
    const data = keeps === 'keeps' ? mkdtempSync(path.join(tmpdir(), 'muster-consul-')) : undefined
    const mode = data === undefined ? ['-dev'] : ['-server', `-data-dir=${data}/data`]
    if (data !== undefined) writeFileSync(`${data}/fast.json`, fast)
    const consul = new RealConsul(
      `127.0.0.1:${String(api)}`,
      [
        'agent',
        ...mode,
        ...(data === undefined ? [] : [`-config-file=${data}/fast.json`]),
        '-bind=127.0.0.1',
        '-dns-port=-1',
        '-grpc-port=-1',
        `-http-port=${String(api)}`,
        `-server-port=${String(server)}`,
        `-serf-lan-port=${String(lan)}`,
        `-serf-wan-port=${String(wan)}`,
      ],
      data,
    )
    await consul.restart()
    return consul
  }

  get url(): string {
    return `http://${this.address}/v1`
  }

  /** Starts it again, and waits until it answers. */
  async restart(): Promise<void> {
    this.#child = spawn(requirePeer('consul'), this.#args, { stdio: 'ignore' })
    await until('Consul has a leader', async () => {
      const leader = await fetch(`${this.url}/status/leader`)
      return /:[0-9]+/.test(await leader.text())
    })
    // A server that has just become leader does not know its own node at once.
    await until('Consul has a catalog', async () => {
      const nodes = await fetch(`${this.url}/catalog/nodes`)
      return (await nodes.text()).includes('"Node"')
    })
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child === undefined) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }

  async remove(): Promise<void> {
    await this.kill()
    if (this.#data !== undefined) rmSync(this.#data, { recursive: true, force: true })
  }

  /** Registers instances `name:port`; their address is their name, their tag `t`. */
  async register(...instances: readonly string[]): Promise<void> {
    for (const instance of instances) {
      const [name = '', port = ''] = instance.split(':')
      await this.put(`/agent/service/register`, {
        Name: name,
        ID: instance,
        Address: name,
        Port: Number(port),
        Tags: ['t'],
      })
    }
  }

  async deregister(...instances: readonly string[]): Promise<void> {
    for (const instance of instances) await this.put(`/agent/service/deregister/${instance}`)
  }

  /** From an address of its own: Consul's limit of connections is for each client. */
  async put(route: string, body?: object): Promise<void> {
    const options = { method: 'PUT', agent: false, localAddress: '127.0.0.2' }
    const request = http.request(`${this.url}${route}`, options)
    request.end(body === undefined ? undefined : JSON.stringify(body))
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    const said = await text(response)
    if (response.statusCode !== 200) throw new Error(`Consul refused ${route}: ${said}`)
  }
}

/** One server that finds itself the leader within a second. */
const fast = JSON.stringify({ bootstrap_expect: 1, performance: { raft_multiplier: 1 } })
