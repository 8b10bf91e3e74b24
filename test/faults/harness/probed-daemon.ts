import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { onTestFinished } from 'vitest'
import { Daemon, Workspace } from '../../helpers/daemon.js'
import { atOtherPace, type Rig, type ShownProvider } from './rig.js'
import type { Vitals } from './vitals.js'

const probe = pathToFileURL(path.join(import.meta.dirname, 'probe.mjs')).href

interface Targets {
  readonly activeTargets: readonly { readonly scrapePool: string; readonly scrapeUrl: string }[]
}

interface Guarded {
  readonly set: string
  readonly heldTargets: number
}

/** The built daemon as a process that can be looked into. */
export class ProbedDaemon implements Rig {
  readonly workspace: Workspace
  readonly daemon: Daemon
  readonly #section: string
  readonly #address: string

  private constructor(workspace: Workspace, daemon: Daemon, section: string) {
    this.workspace = workspace
    this.daemon = daemon
    this.#section = section
    this.#address = workspace.path('probe')
  }

  /**
   * Starts it with one job, `a`; it ends with the test.
   * @param section a line of YAML: what each job has beside its name
   * @param nodeOptions more options of Node itself
   */
  static async start(
    section: string,
    workspace: Workspace = new Workspace(),
    args: readonly string[] = [],
    nodeOptions = '',
  ): Promise<ProbedDaemon> {
    onTestFinished(() => workspace.remove())
    const file = workspace.write('prometheus.yml', configOf(['a'], section))
    const daemon = await Daemon.start(file, ['--web.enable-lifecycle', ...args], {
      NODE_OPTIONS: `--import=${probe} ${nodeOptions}`,
      MUSTER_PROBE: workspace.path('probe'),
    })
    onTestFinished(() => daemon.stop())
    return new ProbedDaemon(workspace, daemon, section)
  }

  async targets(): Promise<readonly string[]> {
    const { activeTargets } = await this.#api<Targets>('/targets?state=active')
    return activeTargets
      .map(({ scrapePool, scrapeUrl }) => `${scrapePool} ${new URL(scrapeUrl).host}`)
      .sort()
  }

  async providers(): Promise<readonly ShownProvider[]> {
    const { providers } = await this.#api<{ providers: readonly ShownProvider[] }>('/providers')
    return providers
  }

  /** The sets that the guard holds targets of, with how many, as the API shows them. */
  async held(): Promise<Readonly<Record<string, number>>> {
    const { guarded } = await this.#api<{ guarded: readonly Guarded[] }>('/providers')
    return Object.fromEntries(guarded.map(({ set, heldTargets }) => [set, heldTargets]))
  }

  async metrics(): Promise<string> {
    return (await this.ask('GET', '/metrics')).body
  }

  log(): string {
    return this.daemon.stderr
  }

  async reload(jobs: readonly string[], beside?: 'beside'): Promise<void> {
    const more = beside === undefined ? '' : jobOf(beside, atOtherPace(this.#section))
    await this.reloadWith(configOf(jobs, this.#section) + more)
  }

  /** Reloads with this config. */
  async reloadWith(config: string): Promise<void> {
    this.workspace.write('prometheus.yml', config)
    const { status, body } = await this.ask('POST', '/-/reload')
    if (status !== 200) throw new Error(`the reload was refused: ${body}`)
  }

  async vitals(): Promise<Vitals> {
    const { handles, memory } = await this.#probe<Pick<Vitals, 'handles' | 'memory'>>({})
    const files = readdirSync(`/proc/${String(this.daemon.child.pid)}/fd`).length
    return { handles, memory, files }
  }

  /** Sets the wall clock of the process, as somebody with a wrong watch would. */
  async moveClock(ms: number): Promise<void> {
    await this.#probe({ jump: ms })
  }

  /** Makes the disk of the process full, or gives it room again. */
  async fillDisk(diskFull: boolean): Promise<void> {
    await this.#probe({ diskFull })
  }

  /** Makes the disk of the process read-only, or lets it write again. */
  async lockDisk(readOnly: boolean): Promise<void> {
    await this.#probe({ readOnly })
  }

  /** One request over a connection of its own, so that none stays open at the daemon. */
  async ask(method: string, route: string): Promise<{ status: number; body: string }> {
    const url = `${this.daemon.url}${route}`
    const options = { method, agent: false, rejectUnauthorized: false } as const
    const request = url.startsWith('https:')
      ? https.request(url, options)
      : http.request(url, options)
    request.end()
    const [response] = (await once(request, 'response')) as [http.IncomingMessage]
    return { status: response.statusCode ?? 0, body: await text(response) }
  }

  async #api<T>(route: string): Promise<T> {
    const { body } = await this.ask('GET', `/api/v1${route}`)
    return (JSON.parse(body) as { data: T }).data
  }

  async #probe<T>(request: object): Promise<T> {
    const socket = net.connect(this.#address)
    socket.write(JSON.stringify(request))
    return JSON.parse(await text(socket)) as T
  }
}

/** A config of jobs that all have the same section. */
export function configOf(jobs: readonly string[], section: string): string {
  const all = jobs.map((job) => jobOf(job, section))
  return `global: {scrape_interval: 100y}\nscrape_configs:\n${all.join('')}`
}

function jobOf(name: string, section: string): string {
  return `  - job_name: ${name}\n    ${section}\n`
}
