import { mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { freePort } from './free-port.js'
import { java } from './java.js'
import { requirePeer } from './peers.js'
import { RealProcess } from './real-process.js'

/** Other bindings of slf4j, which would write to the terminal. */
const noisy = /^(?:slf4j-(?:simple|log4j12|jdk14|jcl|reload4j)|logback-|log4j-over|jcl-over|jul-to)/

/** A real ZooKeeper on loopback that can be killed, and comes back at the same port with its data. */
export class RealZookeeper {
  readonly port: number
  readonly #folder: string
  #process: RealProcess | undefined

  private constructor(port: number, folder: string) {
    this.port = port
    this.#folder = folder
  }

  /** Starts it, and waits until it answers. */
  static async start(): Promise<RealZookeeper> {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'muster-zookeeper-'))
    const zookeeper = new RealZookeeper(await freePort(), folder)
    const config = {
      tickTime: 500,
      dataDir: path.join(folder, 'data'),
      clientPortAddress: '127.0.0.1',
      clientPort: zookeeper.port,
      'admin.enableServer': false,
      '4lw.commands.whitelist': 'wchs',
      maxClientCnxns: 0,
      maxSessionTimeout: 600_000,
    }
    const lines = Object.entries(config).map(([key, value]) => `${key}=${String(value)}\n`)
    await writeFile(path.join(folder, 'zoo.cfg'), lines.join(''))
    try {
      await zookeeper.restart()
    } catch (error) {
      await zookeeper.stop()
      throw error
    }
    return zookeeper
  }

  /** `127.0.0.1:<port>` */
  get address(): string {
    return `127.0.0.1:${String(this.port)}`
  }

  /** Starts it again on the same data, and waits until it answers. */
  async restart(): Promise<void> {
    const main = 'org.apache.zookeeper.server.quorum.QuorumPeerMain'
    const args = ['-Xmx512m', '-cp', await classpath(), main, path.join(this.#folder, 'zoo.cfg')]
    const process = new RealProcess('zookeeper', args, { command: java(), cwd: this.#folder })
    this.#process = process
    await process.ready(async () => {
      const said = await this.ask('wchs')
      return said.includes('watching')
    })
  }

  /** What it answers to one of its words of four letters. */
  async ask(word: 'wchs'): Promise<string> {
    const socket = net.connect(this.port, '127.0.0.1')
    // While it starts it may take a connection and forget it.
    socket.setTimeout(1000, () => socket.destroy(new Error('ZooKeeper does not answer')))
    socket.end(word)
    return text(socket)
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    await this.#process?.kill()
  }

  /** It hangs: connections stay, and nothing is answered. */
  pause(): void {
    this.#process?.signal('SIGSTOP')
  }

  resume(): void {
    this.#process?.signal('SIGCONT')
  }

  async stop(): Promise<void> {
    await this.kill()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

async function classpath(): Promise<string> {
  const folder = path.join(requirePeer('zookeeper'), 'usr/share/java')
  const jars = new Set<string>()
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.jar')) continue
    const jar = await realpath(path.join(folder, name)).catch(() => undefined)
    if (jar !== undefined && !noisy.test(path.basename(jar))) jars.add(jar)
  }
  return [...jars].join(':')
}
