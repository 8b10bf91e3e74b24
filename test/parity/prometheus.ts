import { type ChildProcess, spawn } from 'node:child_process'
import path from 'node:path'
import { freePort } from '../notifier/free-port.js'
import { type Peer, requirePeer } from '../helpers/peers.js'
import { until, type Workspace } from '../helpers/daemon.js'

/** A real Prometheus on the files of a workspace. */
export class Prometheus {
  readonly #child: ChildProcess
  readonly url: string
  #log = ''

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log = (this.#log + chunk.toString()).slice(-4000)
      })
    }
  }

  static async start(
    workspace: Workspace,
    config: string,
    release: Peer & `prometheus${string}` = 'prometheus',
  ): Promise<Prometheus> {
    const address = `127.0.0.1:${String(await freePort())}`
    const child = spawn(
      requirePeer(release),
      [
        `--config.file=${config}`,
        `--web.listen-address=${address}`,
        `--storage.tsdb.path=${workspace.path(`data-${address}`)}`,
        '--log.level=warn',
      ],
      { cwd: path.dirname(config), stdio: ['ignore', 'pipe', 'pipe'] },
    )
    const prometheus = new Prometheus(child, `http://${address}`)
    await until('Prometheus is ready', async () => {
      if (child.exitCode !== null)
        throw new Error(`muster ended: no Prometheus: ${prometheus.#log}`)
      return (await fetch(`http://${address}/-/ready`)).ok
    })
    return prometheus
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    this.#child.kill('SIGKILL')
    await gone
  }
}
