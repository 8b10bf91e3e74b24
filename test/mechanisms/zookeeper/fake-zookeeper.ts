import net from 'node:net'
import { JuteReader, Messages } from '../../../src/mechanisms/zookeeper/jute.js'
import { until } from '../../helpers/until.js'

/** How the server behaves towards everyone who asks. */
export type Manner =
  | 'well'
  /** It takes connections and says nothing. */
  | 'silent'
  /** It closes every connection at once. */
  | 'closing'
  /** It opens sessions, and then sends bytes that are of no ZooKeeper. */
  | 'garbage'
  /** It sends what a web server sends. */
  | 'http'
  /** It opens sessions, and answers in the middle of a field. */
  | 'short'
  /** It answers requests that nobody made. */
  | 'confused'
  /** It says that it opens no session. */
  | 'expired'
  /** It opens sessions, and then answers nothing. */
  | 'mute'

interface FakeZnode {
  data: string | Buffer
  isEphemeral: boolean
  mayRead: boolean
}

const codes = { ok: 0, noNode: -101, noAuth: -102 } as const
const events = { created: 1, deleted: 2, data: 3, children: 4 } as const

/** A ZooKeeper of the test's own: a tree in memory, read over the real protocol on loopback. */
export class FakeZookeeper {
  /** What it was asked: `data /a`. */
  readonly asked: string[] = []
  manner: Manner = 'well'
  port = 0
  /** Called before each answer, with `session` or what is asked. */
  onAsked: (what: string) => void = () => undefined
  readonly #server = net.createServer((socket) => this.#serve(socket))
  readonly #clients = new Map<net.Socket, Client>()
  readonly #nodes = new Map<string, FakeZnode>()
  #zxid = 0n

  static async listen(): Promise<FakeZookeeper> {
    const fake = new FakeZookeeper()
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve))
    fake.port = (fake.#server.address() as net.AddressInfo).port
    return fake
  }

  get address(): string {
    return `127.0.0.1:${String(this.port)}`
  }

  get connections(): number {
    return this.#clients.size
  }

  /** How many sessions were closed by their clients in good order. */
  closed = 0
  /** The newest states that clients said they had seen. */
  readonly seen: bigint[] = []

  /** How many watches there are, on all connections. */
  get watches(): number {
    let watches = 0
    for (const client of this.#clients.values()) watches += client.watches.size
    return watches
  }

  /** Makes or changes a znode; those above it have to be there. */
  set(path: string, data: string | Buffer, more: Partial<FakeZnode> = {}): void {
    const old = this.#nodes.get(path)
    this.#nodes.set(path, { isEphemeral: false, mayRead: true, ...old, data, ...more })
    this.#zxid += 1n
    if (old !== undefined) this.#fire(events.data, path, ['data', 'exists'])
    else {
      this.#fire(events.created, path, ['exists'])
      this.#fire(events.children, parentOf(path), ['children'])
    }
  }

  /** Deletes a znode and all that is below it, as a client does: from below. */
  delete(path: string): void {
    const below = [...this.#nodes.keys()].filter((one) => one.startsWith(`${path}/`))
    for (const one of [...below.toSorted().toReversed(), path]) {
      this.#nodes.delete(one)
      this.#zxid += 1n
      this.#fire(events.deleted, one, ['data', 'children', 'exists'])
      this.#fire(events.children, parentOf(one), ['children'])
    }
  }

  /** Changes without telling anyone, as if it had been while nobody was connected. */
  silently(change: () => void): void {
    const clients = [...this.#clients]
    this.#clients.clear()
    change()
    for (const [socket, client] of clients) this.#clients.set(socket, client)
  }

  /** Sends these bytes to everyone. */
  sendAll(bytes: Buffer): void {
    for (const socket of this.#clients.keys()) socket.write(bytes)
  }

  /** Closes all connections. */
  drop(): void {
    for (const socket of this.#clients.keys()) socket.destroy()
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.drop()
    await closed
    await until('no connection', () => this.#clients.size === 0)
  }

  #serve(socket: net.Socket): void {
    const client: Client = { messages: new Messages(1 << 20), watches: new Set(), isOpen: false }
    this.#clients.set(socket, client)
    socket.on('close', () => this.#clients.delete(socket)).on('error', () => undefined)
    if (this.manner === 'closing') socket.destroy()
    if (this.manner === 'http') socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')
    socket.on('data', (chunk) => {
      for (const message of client.messages.take(chunk)) this.#take(socket, client, message)
    })
  }

  #take(socket: net.Socket, client: Client, message: Buffer): void {
    const reader = new JuteReader(message)
    const send = (...fields: readonly Buffer[]): void => {
      const body = Buffer.concat(fields)
      socket.write(Buffer.concat([int(body.length), body]))
    }
    if (!client.isOpen) {
      this.onAsked('session')
      if (this.manner === 'silent' || socket.destroyed) return
      reader.skip(4)
      this.seen.push(reader.long())
      const timeout = reader.int()
      client.isOpen = true
      send(
        int(0),
        int(this.manner === 'expired' ? 0 : timeout),
        long(1n),
        text('p'.repeat(16)),
        Buffer.of(0),
      )
      return
    }
    const xid = reader.int()
    const operation = reader.int()
    if (operation === -11) {
      this.closed += 1
      socket.destroy()
      return
    }
    if (operation === 11) {
      if (this.manner !== 'mute') send(int(xid), long(this.#zxid), int(0))
      return
    }
    const path = reader.text()
    const what = operation === 4 ? 'data' : operation === 3 ? 'exists' : 'children'
    this.asked.push(`${what} ${path}`)
    this.onAsked(`${what} ${path}`)
    if (this.manner === 'mute') return
    if (this.manner === 'garbage') socket.write(Buffer.from('ffffffff00', 'hex'))
    else if (this.manner === 'short') send(int(xid), long(this.#zxid), int(0), int(99))
    else if (this.manner === 'confused') send(int(xid + 7), long(this.#zxid), int(0))
    else {
      const [code, ...fields] = this.#answer(what, path)
      // Prometheus asks for the state of the znode, too, when it asks for its children.
      if (operation === 12 && code === codes.ok) fields.push(Buffer.alloc(68))
      if (code === codes.ok || what === 'exists') client.watches.add(`${what} ${path}`)
      send(int(xid), long(this.#zxid), int(code), ...fields)
    }
  }

  #answer(what: Watched, path: string): readonly [code: number, ...fields: Buffer[]] {
    const node = this.#nodes.get(path)
    if (node === undefined) return [codes.noNode]
    if (!node.mayRead && what !== 'exists') return [codes.noAuth]
    const owner = node.isEphemeral ? 7n : 0n
    const stat = Buffer.concat([Buffer.alloc(44), long(owner), Buffer.alloc(16)])
    if (what === 'data') return [codes.ok, text(node.data), stat]
    if (what === 'exists') return [codes.ok, stat]
    const names = [...this.#nodes.keys()].filter((one) => one !== '/' && parentOf(one) === path)
    const texts = names.map((one) => text(one.slice(one.lastIndexOf('/') + 1)))
    return [codes.ok, int(texts.length), ...texts]
  }

  #fire(event: number, path: string, kinds: readonly Watched[]): void {
    for (const [socket, { watches }] of this.#clients) {
      // Each of them ends, and the client is told once.
      if (kinds.map((kind) => watches.delete(`${kind} ${path}`)).includes(true)) {
        const body = Buffer.concat([int(-1), long(-1n), int(0), int(event), int(3), text(path)])
        socket.write(Buffer.concat([int(body.length), body]))
      }
    }
  }
}

type Watched = 'data' | 'children' | 'exists'

interface Client {
  readonly messages: Messages
  readonly watches: Set<string>
  isOpen: boolean
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')))
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function long(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64BE(value)
  return bytes
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int(bytes.length), bytes])
}
