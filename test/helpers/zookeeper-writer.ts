import { once } from 'node:events'
import net from 'node:net'
import { connectRequest, JuteReader, Messages } from '../../src/mechanisms/zookeeper/jute.js'

const operations = { create: 1, delete: 2, set: 5, setAcl: 7, close: -11 } as const
const readable = 31
const writableOnly = 30
const ephemeral = 1

/** A client that writes to ZooKeeper, over a session of its own. */
export class ZookeeperWriter {
  readonly #socket: net.Socket
  readonly #waiting: ((error: number | Error) => void)[] = []
  #xid = 0

  private constructor(socket: net.Socket) {
    this.#socket = socket
  }

  /** Opens a session, which lasts though it does not ping. */
  static async open(port: number, timeoutMs = 600_000): Promise<ZookeeperWriter> {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
    const writer = new ZookeeperWriter(socket)
    const messages = new Messages(1 << 20)
    socket.write(connectRequest(timeoutMs, 0n))
    const opened = new Promise<void>((resolve, reject) => {
      let isOpen = false
      socket.on('data', (chunk) => {
        for (const message of messages.take(chunk)) {
          if (isOpen) {
            const reader = new JuteReader(message)
            reader.skip(12)
            writer.#waiting.shift()?.(reader.int())
          }
          isOpen = true
        }
        resolve()
      })
      const end = (error: Error): void => {
        reject(error)
        for (const settle of writer.#waiting.splice(0)) settle(error)
      }
      socket.on('error', end)
      socket.on('close', () => end(new Error('ZooKeeper closed the connection')))
    })
    await opened
    return writer
  }

  /** Makes a znode. @param owner whether it goes away with this session */
  async create(
    path: string,
    data: string | Buffer = '',
    owner: 'nobody' | 'session' = 'nobody',
  ): Promise<void> {
    const flags = owner === 'session' ? ephemeral : 0
    await this.#ask(operations.create, [text(path), text(data), acl(readable), int(flags)])
  }

  async set(path: string, data: string | Buffer): Promise<void> {
    await this.#ask(operations.set, [text(path), text(data), int(-1)])
  }

  async delete(path: string): Promise<void> {
    await this.#ask(operations.delete, [text(path), int(-1)])
  }

  /** Says whether a znode may be read. */
  async allow(path: string, mayRead: boolean): Promise<void> {
    const permissions = acl(mayRead ? readable : writableOnly)
    await this.#ask(operations.setAcl, [text(path), permissions, int(-1)])
  }

  /** Ends the session: what it owns goes away. */
  async close(): Promise<void> {
    if (this.#socket.destroyed) return
    const closed = once(this.#socket, 'close')
    await this.#ask(operations.close, [])
    this.#socket.destroy()
    await closed
  }

  async #ask(operation: number, fields: readonly Buffer[]): Promise<void> {
    this.#xid += 1
    const body = Buffer.concat([int(this.#xid), int(operation), ...fields])
    this.#socket.write(Buffer.concat([int(body.length), body]))
    const error = await new Promise<number | Error>((resolve) => this.#waiting.push(resolve))
    if (error instanceof Error) throw error
    if (error !== 0) throw new Error(`operation ${String(operation)}: error ${String(error)}`)
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([int(bytes.length), bytes])
}

/** What anyone may do. */
function acl(permissions: number): Buffer {
  return Buffer.concat([int(1), int(permissions), text('world'), text('anyone')])
}
