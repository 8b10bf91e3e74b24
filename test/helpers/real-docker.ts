import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { requirePeer } from './peers.js'
import { RealProcess } from './real-process.js'
import { until } from './until.js'

const execute = promisify(execFile)

/** An image of it that has nothing but busybox. */
export const image = 'busybox:test'
/** A command for it that lasts. */
export const lasting: readonly string[] = ['/bin/busybox', 'sleep', '1000000']

/** What starts it: its own network has nothing but loopback, and with its first process all of its own end. */
const namespaces = '--net --mount --pid --fork --mount-proc --kill-child'.split(' ')
const script = `
  ip link set lo up
  exec dockerd --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/docker.pid" -H "unix://$0/docker.sock" \\
    --iptables=false --ip6tables=false --userland-proxy=false --log-level=warn --storage-driver=overlay2`

/** A real Docker engine in namespaces of its own, on a unix socket. Needs root. */
export class RealDocker {
  readonly #peer: string
  readonly #folder: string
  readonly #env: NodeJS.ProcessEnv
  #process: RealProcess | undefined

  private constructor(folder: string) {
    this.#folder = folder
    this.#peer = requirePeer('docker')
    const bin = ['usr/sbin', 'usr/bin'].map((part) => path.join(this.#peer, part))
    this.#env = {
      PATH: [...bin, process.env['PATH']].join(':'),
      DOCKER_HOST: `unix://${this.socket}`,
      HOME: folder,
    }
  }

  /** Starts it with an image, and as the only node of a swarm where that is wanted. */
  static async start({ swarm = false }: { readonly swarm?: boolean } = {}): Promise<RealDocker> {
    const docker = new RealDocker(await mkdtemp(path.join(os.tmpdir(), 'muster-docker-')))
    try {
      await docker.restart()
      await docker.#importImage()
      if (swarm) await docker.run('swarm', 'init', '--advertise-addr', '127.0.0.1')
    } catch (error) {
      await docker.stop()
      throw error
    }
    return docker
  }

  /** The path of its socket. */
  get socket(): string {
    return path.join(this.#folder, 'docker.sock')
  }

  /** Starts it again after {@link halt}, with what it had, and waits until it answers. */
  async restart(): Promise<void> {
    const started = new RealProcess('docker', [...namespaces, 'bash', '-c', script, this.#folder], {
      command: 'unshare',
      env: this.#env,
    })
    this.#process = started
    await started.ready(async () => (await this.run('version')) !== '')
  }

  /**
   * Runs a command of Docker's own client: `run('ps', '-q')`.
   * @returns what it prints
   * @throws with what it says when it fails
   */
  async run(...args: readonly string[]): Promise<string> {
    const { stdout } = await execute('docker', args, { env: this.#env })
    return stdout.trim()
  }

  /** Starts a container that lasts. @param args options of `docker run` */
  async start(name: string, ...args: readonly string[]): Promise<string> {
    return this.run('run', '-d', '--stop-timeout=1', `--name=${name}`, ...args, image, ...lasting)
  }

  /** Makes a service that lasts. @param args options of `docker service create` */
  async serve(name: string, ...args: readonly string[]): Promise<string> {
    const own = ['-d', '--no-resolve-image', '--stop-grace-period=1s', `--name=${name}`]
    return this.run('service', 'create', ...own, ...args, image, ...lasting)
  }

  /** Ends it in order, with its containers; as a crash does where that takes too long. */
  async halt(): Promise<void> {
    const { pid, isOver } = this.#process ?? {}
    if (pid === undefined || isOver === true) return
    try {
      // The signal has to reach the first process of the namespace.
      const children = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      for (const child of children.split(' ').filter(Boolean))
        process.kill(Number(child), 'SIGTERM')
      await until('the engine ends', () => this.#process?.isOver === true, 15_000)
    } finally {
      await this.#process?.kill()
    }
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    try {
      await this.halt()
    } finally {
      await rm(this.#folder, { recursive: true, force: true, maxRetries: 10 })
    }
  }

  async #importImage(): Promise<void> {
    const bin = path.join(this.#folder, 'image', 'bin')
    await mkdir(bin, { recursive: true })
    await cp(path.join(this.#peer, 'bin/busybox'), path.join(bin, 'busybox'))
    const archive = path.join(this.#folder, 'image.tar')
    await execute('tar', ['-C', path.dirname(bin), '-cf', archive, '.'])
    await this.run('import', archive, image)
  }
}
