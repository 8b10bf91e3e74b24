import { ZookeeperError } from './errors.js'

/** The requests that are made, by their numbers in ZooKeeper's protocol. */
export const operations = { exists: 3, data: 4, children: 8, ping: 11, close: -11 } as const

/** The numbers (xid) of messages that are no answer to a request. */
export const watchEventXid = -1
export const pingXid = -2

const passwordLength = 16
/** version, last zxid, timeout, session id, password with its length, read-only */
const connectLength = 4 + 8 + 4 + 8 + 4 + passwordLength + 1

/**
 * The first message of a connection: asks for a new session.
 * @param timeoutMs how long the session may be silent; the server has the last word
 * @param zxid the newest state that was seen: a server that is behind it refuses. 0n for none
 */
export function connectRequest(timeoutMs: number, zxid: bigint): Buffer {
  const message = Buffer.alloc(4 + connectLength)
  message.writeInt32BE(connectLength, 0)
  message.writeBigInt64BE(zxid, 8)
  message.writeInt32BE(Math.min(timeoutMs, 2 ** 31 - 1), 16)
  message.writeInt32BE(passwordLength, 28)
  return message
}

/** A request without a body: a ping, or the end of the session. */
export function bareRequest(xid: number, operation: number): Buffer {
  const message = Buffer.alloc(12)
  message.writeInt32BE(8, 0)
  message.writeInt32BE(xid, 4)
  message.writeInt32BE(operation, 8)
  return message
}

/** A request to read a path and to leave a watch on it. */
export function watchRequest(xid: number, operation: number, path: string): Buffer {
  const length = Buffer.byteLength(path)
  const message = Buffer.alloc(16 + length + 1)
  message.writeInt32BE(8 + 4 + length + 1, 0)
  message.writeInt32BE(xid, 4)
  message.writeInt32BE(operation, 8)
  message.writeInt32BE(length, 12)
  message.write(path, 16)
  message.writeInt8(1, 16 + length)
  return message
}

/**
 * Reads a message in jute, ZooKeeper's record format: big-endian numbers; texts and bytes after their
 * length, which is -1 for none.
 */
export class JuteReader {
  readonly #message: Buffer
  #at = 0

  constructor(message: Buffer) {
    this.#message = message
  }

  /** @throws {ZookeeperError} like all of these, where the message ends before */
  int(): number {
    return this.#message.readInt32BE(this.#pass(4))
  }

  long(): bigint {
    return this.#message.readBigInt64BE(this.#pass(8))
  }

  /** Bytes, which are the message's own; none for none. */
  bytes(): Buffer {
    const length = Math.max(0, this.int())
    const start = this.#pass(length)
    return this.#message.subarray(start, start + length)
  }

  text(): string {
    return this.bytes().toString()
  }

  /** The names of children. @throws {ZookeeperError} also for one that no znode can have */
  names(): readonly string[] {
    const all: string[] = []
    for (let left = this.int(); left > 0; left -= 1) {
      const name = this.text()
      if (name === '' || name.includes('/')) {
        throw new ZookeeperError('a znode has a child whose name is empty or has a slash')
      }
      all.push(name)
    }
    return all
  }

  skip(bytes: number): void {
    this.#pass(bytes)
  }

  /** @returns where it was before */
  #pass(bytes: number): number {
    const start = this.#at
    if (start + bytes > this.#message.length) {
      throw new ZookeeperError('a message ends in the middle of a field')
    }
    this.#at = start + bytes
    return start
  }
}

/** A message that comes in more pieces than this is put together on the way. */
const mostPieces = 1000

/** Cuts what a server sends into messages, each of which has its length before it. */
export class Messages {
  /** The most bytes that a message may have; it may change from message to message. */
  limit: number
  #held: Buffer[] = []
  #bytes = 0
  #needed = 4

  constructor(limit: number) {
    this.limit = limit
  }

  /**
   * Takes what came, and yields the messages that are whole now.
   * @throws {ZookeeperError} for a length that cannot be; nothing can be read from there on
   */
  *take(chunk: Buffer): Generator<Buffer, void, void> {
    this.#held.push(chunk)
    this.#bytes += chunk.length
    if (this.#bytes < this.#needed) {
      if (this.#held.length > mostPieces) this.#held = [Buffer.concat(this.#held)]
      return
    }
    const [first = chunk] = this.#held
    const bytes = this.#held.length === 1 ? first : Buffer.concat(this.#held)
    let at = 0
    for (;;) {
      this.#needed = 4
      if (bytes.length - at < 4) break
      const length = bytes.readInt32BE(at)
      if (length < 0 || length > this.limit) {
        throw new ZookeeperError(
          `sent a message of ${String(length)} bytes, and at most ${String(this.limit)} are read`,
        )
      }
      this.#needed = 4 + length
      if (bytes.length - at < this.#needed) break
      yield bytes.subarray(at + 4, at + this.#needed)
      at += this.#needed
    }
    this.#held = at < bytes.length ? [bytes.subarray(at)] : []
    this.#bytes = bytes.length - at
  }
}
