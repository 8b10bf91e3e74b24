import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { checkKind, type FileKind, tooLarge } from './file-call.js'
import { FileSilentError } from './file-lane.js'

/** What the thread found. */
type Found =
  | { readonly bytes: Uint8Array }
  | { readonly kind: FileKind }
  | { readonly isTooLarge: true }
  | { readonly message: string; readonly details: Readonly<Record<string, string | number>> }

// Text, so that it runs from the sources and from the built package alike.
const source = `
const { closeSync, constants, fstatSync, openSync, readSync, statSync } = require('node:fs')
const { workerData } = require('node:worker_threads')
const { port, state } = workerData
const most = 4 * 1024 * 1024
const beat = () => Atomics.add(state, 1, 1)
function kindOf(stats) {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isFIFO()) return 'pipe'
  return stats.isSocket() ? 'socket' : 'device'
}
function content(path, limit) {
  const kind = kindOf(statSync(path))
  if (kind !== 'file') return { kind }
  beat()
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    beat()
    const stats = fstatSync(file)
    if (!stats.isFile()) return { kind: kindOf(stats) }
    if (stats.size > limit) return { isTooLarge: true }
    const chunks = []
    for (let size = 0; ; ) {
      const chunk = Buffer.allocUnsafeSlow(Math.min(Math.max(stats.size - size, 65536), most))
      const read = readSync(file, chunk, 0, chunk.length, null)
      beat()
      if (read === 0) return { bytes: Buffer.concat(chunks) }
      size += read
      if (size > limit) return { isTooLarge: true }
      chunks.push(chunk.subarray(0, read))
    }
  } finally {
    closeSync(file)
  }
}
beat()
port.on('message', ({ path, limit }) => {
  let found
  try {
    found = content(path, limit)
  } catch (error) {
    const { message, code, errno, syscall } = error
    found = { message, details: { code, errno, syscall, path } }
  }
  port.postMessage(found)
  Atomics.store(state, 0, 1)
  Atomics.notify(state, 0)
})
`

const idleMs = 1000

const startMs = 30_000

// How often a wait looks for beats.
const sliceMs = 100

// Each holds a thread until it comes back.
const mostSilent = 16

/**
 * Reads files while nothing else runs, in a thread that can be left behind when a file does not
 * answer. The thread ends when nothing was read for a second.
 */
export class SyncReader {
  #thread: Thread | undefined
  readonly #silent = new Map<Thread, string>()
  #idle: NodeJS.Timeout | undefined

  /** The paths whose reading was given up and has not come back. */
  get silent(): readonly string[] {
    for (const thread of this.#silent.keys()) {
      if (!thread.hasAnswered) continue
      this.#silent.delete(thread)
      thread.end()
    }
    return [...this.#silent.values()]
  }

  /**
   * @param limit the most the file may have, in bytes
   * @param withinMs gives it up when nothing came for so long
   * @throws as `askFile` does, and {@link FileSilentError}
   */
  read(path: string, limit: number, withinMs: number): Buffer {
    if (this.silent.includes(path) || this.#silent.size >= mostSilent) {
      throw new FileSilentError(path)
    }
    clearTimeout(this.#idle)
    const thread = (this.#thread ??= new Thread())
    const found = thread.ask(path, limit, withinMs)
    if (found === undefined) {
      this.#thread = undefined
      this.#silent.set(thread, path)
      throw new FileSilentError(path)
    }
    this.#idle = setTimeout(() => {
      this.#thread?.end()
      this.#thread = undefined
    }, idleMs)
    this.#idle.unref()
    return bytesOf(found, limit)
  }
}

function bytesOf(found: Found, limit: number): Buffer {
  if ('bytes' in found)
    return Buffer.from(found.bytes.buffer, found.bytes.byteOffset, found.bytes.byteLength)
  if ('isTooLarge' in found) throw tooLarge(limit)
  if ('kind' in found) checkKind(found.kind)
  const { message, details } = found as Extract<Found, { message: string }>
  throw Object.assign(new Error(message), details)
}

/** A thread that reads one file after the other. */
class Thread {
  readonly #worker: Worker
  readonly #port
  /** Whether there is an answer, and how many calls have come back. */
  readonly #state = new Int32Array(new SharedArrayBuffer(8))

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    this.#worker = new Worker(source, {
      eval: true,
      execArgv: [],
      env: {},
      workerData: { port: port2, state: this.#state },
      transferList: [port2],
    })
    this.#worker.unref()
    port1.unref()
  }

  /** @returns undefined where the file did not answer */
  ask(path: string, limit: number, withinMs: number): Found | undefined {
    Atomics.store(this.#state, 0, 0)
    this.#port.postMessage({ path, limit }, [])
    let known = -1
    for (let leftMs = 0; leftMs >= 0; leftMs -= sliceMs) {
      const beats = Atomics.load(this.#state, 1)
      // On a machine that is busy it may take a while to start.
      if (beats !== known) leftMs = beats === 0 ? startMs : withinMs
      known = beats
      if (Atomics.wait(this.#state, 0, 0, Math.min(sliceMs, leftMs)) !== 'timed-out') break
    }
    return receiveMessageOnPort(this.#port)?.message as Found | undefined
  }

  /** Whether it has answered since. */
  get hasAnswered(): boolean {
    return Atomics.load(this.#state, 0) === 1
  }

  end(): void {
    this.#port.close()
    // It has no work left, so it does not matter how it ends.
    this.#worker.terminate().catch(() => {})
  }
}
