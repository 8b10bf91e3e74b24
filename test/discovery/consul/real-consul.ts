import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import net, { type AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { request } from 'undici'
import { onTestFinished } from 'vitest'
import { requirePeer } from '../../helpers/peers.js'
import { until } from '../../helpers/until.js'

/** A real Consul agent on loopback, in development mode: its state is gone when it ends. */
export class RealConsul {
  readonly port: number
  readonly directory: string
  #process: ChildProcess | undefined
  #output = ''

  private constructor(port: number, directory: string) {
    this.port = port
    this.directory = directory
  }

  /**
   * Starts an agent that ends with the test.
   * @param config on top of what keeps it on loopback
   */
  static async start(config: Readonly<Record<string, unknown>> = {}): Promise<RealConsul> {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'muster-consul-'))
    const [http, server, lan, wan, https] = await freePorts(5)
    const consul = new RealConsul(http ?? 0, directory)
    onTestFinished(async () => {
      await consul.kill()
      await rm(directory, { recursive: true, force: true })
    })
    const ports = { http, server, serf_lan: lan, serf_wan: wan, dns: -1, grpc: -1 }
    await writeFile(
      path.join(directory, 'consul.json'),
      JSON.stringify({
        disable_update_check: true,
        ...config,
        ports: { ...ports, ...('key_file' in config ? { https } : {}) },
      }),
    )
    consul.httpsPort = https ?? 0
    await consul.launch()
    return consul
  }

  httpsPort = 0

  /** Starts it again after {@link kill}, on the same ports, with nothing in it. */
  async launch(): Promise<void> {
    const child = spawn(
      requirePeer('consul'),
      [
        'agent',
        '-dev',
        '-node=test',
        '-bind=127.0.0.1',
        '-log-level=warn',
        `-config-file=${path.join(this.directory, 'consul.json')}`,
      ],
      { cwd: this.directory, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#process = child
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
      })
    }
    await until(
      'Consul has a leader',
      async () => {
        if (child.exitCode !== null) throw new Error(`consul ended:\n${this.#output}`)
        const leader = await this.get('/v1/status/leader').catch(() => '')
        return typeof leader === 'string' && leader.length > 0
      },
      60_000,
    )
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const child = this.#process
    this.#process = undefined
    if (child === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }

  async get(url: string): Promise<unknown> {
    const { body } = await request(`http://127.0.0.1:${String(this.port)}${url}`)
    return body.json()
  }

  /** Puts an object; a refusal is an error. */
  async put(url: string, body: unknown): Promise<void> {
    const { statusCode, body: answer } = await request(
      `http://127.0.0.1:${String(this.port)}${url}`,
      {
        method: 'PUT',
        body: JSON.stringify(body),
      },
    )
    const text = await answer.text()
    if (statusCode !== 200) throw new Error(`${url}: ${String(statusCode)} ${text}`)
  }

  /** Registers an instance on a node of its own. */
  register(
    service: string,
    id: string,
    more: Readonly<Record<string, unknown>> = {},
  ): Promise<void> {
    return this.put('/v1/catalog/register', {
      Node: `node-of-${id}`,
      Address: '10.0.0.1',
      Service: { ID: id, Service: service, Port: 80, ...more },
    })
  }

  deregister(id: string): Promise<void> {
    return this.put('/v1/catalog/deregister', { Node: `node-of-${id}` })
  }
}

/** Ports that nobody listens on just now. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => net.createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map((server) => once(server, 'listening')))
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  await Promise.all(
    servers.map((server) => {
      const closed = once(server, 'close')
      server.close()
      return closed
    }),
  )
  return ports
}
