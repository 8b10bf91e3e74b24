import { once } from 'node:events'
import { appendFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import type { Labels } from '../../../src/labels/index.js'
import { issue } from '../../helpers/pki/issue.js'
import type {
  ApiCase,
  Element,
  OracleCase,
  OracleRelease,
  RunCases,
  Stage,
} from '../suite/cases.js'
import { type CloudRequest, directHost, readRequest, sendAnswer } from '../suite/clouds.js'
import type { MechanismWithCases } from '../suite/mechanisms-with-cases.js'
import { type BedJob, bedJobs } from './jobs.js'
import { askMachine, machineAddress } from './machine.js'

/** A job of the config that runs in the test bed. */
export interface OpenJob {
  /** That of its mechanism. */
  readonly name: string
  /** `hetzner_sd_configs` */
  readonly key: string
  readonly config: Element
  /** All targets there are, with the labels of their groups. */
  readonly targets: readonly Labels[]
  /** The real servers that it is compared with, and the labels that may differ. */
  readonly beside: ReadonlyMap<OracleRelease, Differences>
}

type Differences = NonNullable<OracleCase['differences']>

/** An API, and where it is if it may be anywhere. */
interface Place {
  readonly api: ApiCase
  readonly at: string | undefined
}

/**
 * The clouds and servers of all mechanisms at once, each under the name and port that a user's config has
 * for it. It runs inside of enter.sh alone: it takes the ports 53, 80 and 443, and names hosts.
 */
export class Bed {
  readonly jobs: OpenJob[] = []
  /** What was asked for and has no answer: `POST https://api.example/a`. */
  readonly unexpected: string[] = []
  /** The room of the test bed; `targets` in it is the folder of files. */
  readonly folder: string
  readonly #places: Place[] = []
  readonly #variables: Record<string, string> = {}
  readonly #stages: Stage[] = []
  /** The addresses of all hosts. */
  readonly #hosts = new Map<string, string>()
  readonly #servers: net.Server[] = []
  readonly #sockets = new Set<net.Socket>()

  private constructor(folder: string) {
    this.folder = folder
  }

  /**
   * Opens the clouds and servers of these mechanisms.
   * @param folder $MUSTER_BED
   */
  static async open(mechanisms: readonly MechanismWithCases[], folder: string): Promise<Bed> {
    const bed = new Bed(folder)
    for (const mechanism of mechanisms) {
      const job = bedJobs[mechanism.name]
      if (job !== undefined) await bed.#openJob(mechanism, job)
    }
    await bed.#serveApis(bed.#nameHosts())
    return bed
  }

  /** The environment of programs that trust the authority of the test bed, and find its keys. */
  get env(): NodeJS.ProcessEnv {
    const authority = path.join(this.folder, 'ca.pem')
    const own = { HOME: this.folder, SSL_CERT_FILE: authority, NODE_EXTRA_CA_CERTS: authority }
    return { ...process.env, ...own, ...this.#variables }
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    for (const server of this.#servers) {
      const closed = once(server, 'close')
      server.close()
      await closed
    }
    for (const stage of this.#stages) await stage.close()
  }

  async #openJob(mechanism: MechanismWithCases, job: BedJob): Promise<void> {
    const { name, key, folder, cases } = mechanism
    const run = cases?.runs?.[job.run ?? 0]
    if (run === undefined) throw new Error(`${name} has no such run`)
    const { config, targets } =
      run.api === undefined
        ? await this.#openStage(run, folder, job.at)
        : await this.#openApi(name, run.api(folder), job)
    const oracle = job.oracle ?? run.oracle
    const beside = new Map<OracleRelease, Differences>()
    if (job.vmagent !== undefined) beside.set('vmagent', job.vmagent)
    if (typeof oracle !== 'string') {
      beside.set(oracle.release ?? 'prometheus', oracle.differences ?? {})
    }
    this.jobs.push({ name, key, config, targets, beside })
  }

  async #openApi(
    name: string,
    api: ApiCase,
    { at, without = [] }: BedJob,
  ): Promise<Pick<OpenJob, 'config' | 'targets'>> {
    this.#places.push({ api, at })
    if (api.environment !== undefined) {
      const room = path.join(this.folder, name)
      mkdirSync(room)
      Object.assign(this.#variables, await api.environment(room))
    }
    const config = { ...api.config, ...(at === undefined ? {} : api.at?.(at)) }
    return {
      config: Object.fromEntries(Object.entries(config).filter(([key]) => !without.includes(key))),
      targets: api.targets(at === undefined ? 443 : portOf(new URL(at))),
    }
  }

  /** Opens a server that is no API of the suite, and makes it found under another name. */
  async #openStage(
    run: RunCases,
    cases: string,
    at: string | undefined,
  ): Promise<Pick<OpenJob, 'config' | 'targets'>> {
    const stage = await run.open(cases)
    this.#stages.push(stage)
    const { config, targets } = stage
    const text = JSON.stringify(config)
    const [address, port] = /127\.0\.0\.1:(\d+)/.exec(text) ?? []
    if (at !== undefined && address !== undefined) {
      await this.#relay(at, Number(port))
      return { config: JSON.parse(text.replaceAll(address, at)) as Element, targets }
    }
    const { files } = config
    if (!Array.isArray(files)) return { config, targets }
    const from = path.dirname(String(files[0]))
    const to = path.join(this.folder, 'targets')
    symlinkSync(from, to)
    const moved = JSON.stringify(targets).replaceAll(from, to)
    return {
      config: JSON.parse(text.replaceAll(from, 'targets')) as Element,
      targets: JSON.parse(moved) as readonly Labels[],
    }
  }

  /** Each server has an address of its own, as several have the same port. */
  async #relay(at: string, to: number): Promise<void> {
    const address = `127.0.1.${String(this.#hosts.size + 1)}`
    this.#hosts.set(hostOf(at), address)
    const relay = net.createServer((socket) => {
      const further = net.connect(to, '127.0.0.1')
      for (const [one, other] of [
        [socket, further],
        [further, socket],
      ] as const) {
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => other.destroy())
      }
    })
    await this.#listen(relay, portOf(new URL(`tcp://${at}`)), address)
  }

  /** @returns those of APIs */
  #nameHosts(): readonly string[] {
    const hosts = this.#places.flatMap(({ api, at }) => (at === undefined ? api.hosts : hostOf(at)))
    for (const host of hosts) this.#hosts.set(host, '127.0.0.1')
    this.#hosts.set('metadata.google.internal', machineAddress)
    const lines = Array.from(this.#hosts, ([host, address]) => `${address} ${host}\n`)
    appendFileSync(path.join(this.folder, 'hosts'), lines.join(''))
    return hosts
  }

  async #serveApis(hosts: readonly string[]): Promise<void> {
    const issuer = issue({ name: 'the test bed', ca: true, keyUsage: [5] })
    const names = hosts.map((host) => `DNS:${host}`)
    const { pem: cert, keyPem: key } = issue({ issuer, names, usages: ['server'] })
    writeFileSync(path.join(this.folder, 'ca.pem'), issuer.pem)
    const origins = this.#places.flatMap(
      ({ api, at }) => at ?? api.hosts.map((h) => `https://${h}`),
    )
    const ports = new Map(
      ['http://localhost', ...origins].map((origin) => {
        const url = new URL(origin)
        return [portOf(url), url.protocol]
      }),
    )
    for (const [port, protocol] of ports) {
      const answer: http.RequestListener = (request, response) => {
        void this.#answer(request, response, protocol)
      }
      const server =
        protocol === 'https:'
          ? https.createServer({ cert, key }, answer)
          : http.createServer(answer)
      await this.#listen(server, port, '127.0.0.1')
      if (port === 80) await this.#listen(http.createServer(answer), port, machineAddress)
    }
  }

  async #listen(server: net.Server, port: number, address: string): Promise<void> {
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    server.listen(port, address)
    await once(server, 'listening')
    this.#servers.push(server)
  }

  async #answer(
    request: http.IncomingMessage,
    response: http.ServerResponse,
    protocol: string,
  ): Promise<void> {
    const { host = '' } = request.headers
    const asked = await readRequest(request, `${protocol}//${host}`)
    const answer = host === machineAddress ? askMachine(asked) : this.#ask(asked, host)
    if (answer === undefined) this.unexpected.push(asked.line)
    sendAnswer(response, answer ?? { kind: 'whole', status: 404, body: '' })
  }

  #ask(asked: CloudRequest, host: string): ReturnType<ApiCase['answer']> {
    for (const { api, at } of this.#places) {
      const isThere = at === undefined ? api.hosts.includes(host) : asked.url.startsWith(at)
      if (!isThere) continue
      const line = at === undefined ? asked.line : asked.line.replace(at, directHost)
      const answer = api.answer({ ...asked, line }, at ?? '')
      if (answer !== undefined) return answer
      // To some clients a host behind the suite's proxy has the name in its certificate, and cases say so.
      const toProxy = api.answer({ ...asked, line: line.replace(host, 'localhost') }, at ?? '')
      if (toProxy !== undefined) return toProxy
    }
    return undefined
  }
}

function portOf({ port, protocol }: URL): number {
  return Number(port) || (protocol === 'https:' ? 443 : 80)
}

function hostOf(at: string): string {
  return new URL(at.includes('://') ? at : `tcp://${at}`).hostname
}
