import { askFile, type FileContent, type FileRequest, type FileStats } from './file-call.js'
import { FileLane, FileSilentError } from './file-lane.js'
import {
  FileProcess,
  FileProcessEndedError,
  type StartProcess,
  startFileProcess,
} from './file-process.js'
import { SyncReader } from './sync-reader.js'

/** How one call is made. */
export interface CallOptions {
  /** Ends the wait, with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Gives the call up when the file system says nothing for so long; milliseconds, default 10 s. */
  readonly withinMs?: number
}

export interface ContentOptions extends CallOptions {
  /** The most the file may have, in bytes. */
  readonly limit: number
  /** Whether a symbolic link at the end of the path is followed (Kubernetes mounts are such); true by default. */
  readonly followLink?: boolean
}

const defaultMs = 10_000

// Nothing else runs meanwhile. A thread that is ready may have to wait for a processor.
const syncMs = 5000

// While muster serves: requests wait as long.
const soonMs = 200

// Of the four threads that Node's pool has, two are for reading files and one for writing them. Name
// lookups and compression share what is left.
const readers = 2
const writers = 1

// A file that answers at all does so much sooner; who waits this long waits for one that does not.
const patienceMs = 500

// Before that, who asks gets what the file has now, not what it had when another one asked.
const stalledMs = 500

/**
 * The way to the file system, for all files that a user names. A call that does not come back (a
 * network folder whose server is gone) is given up, and is an error; its thread is lost until it does
 * come back. So no more than three threads of the pool are ever in calls. Those who find them all
 * taken ask through a process of their own; and a path is not asked for again before the call for it
 * that was given up has come back.
 */
export class Files {
  readonly #reading: FileLane = new FileLane(readers)
  readonly #writing: FileLane = new FileLane(writers)
  readonly #elsewhere: FileProcess
  readonly #sync: SyncReader = new SyncReader()
  /** The answers that have not come for a while. */
  readonly #stalled = new Map<string, Promise<unknown>>()

  /** @param start starts the process that takes over; a test's own, or this package's */
  constructor(start: StartProcess = startFileProcess) {
    this.#elsewhere = new FileProcess(start)
  }

  /** The paths whose calls were given up and hold a thread of this process: it cannot end by itself. */
  get silent(): readonly string[] {
    const { silent } = this.#reading
    return [...new Set([...silent, ...this.#writing.silent, ...this.#sync.silent])]
  }

  /** The paths whose calls were given up and have not come back, here or in the process of its own. */
  get unanswered(): readonly string[] {
    return [...new Set([...this.silent, ...this.#elsewhere.silent])]
  }

  /** The paths of all calls that this process makes now. */
  get running(): readonly string[] {
    const { running } = this.#reading
    return [...new Set([...running, ...this.#writing.running, ...this.#sync.silent])]
  }

  /** What is at the path, through links. */
  async stat(path: string, options: CallOptions = {}): Promise<FileStats> {
    return (await this.#ask({ ask: 'stat', path }, options)) as FileStats
  }

  /** What is at the path, a link included. */
  async lstat(path: string, options: CallOptions = {}): Promise<FileStats> {
    return (await this.#ask({ ask: 'lstat', path }, options)) as FileStats
  }

  /** The names in a folder. */
  async names(path: string, options: CallOptions = {}): Promise<readonly string[]> {
    return (await this.#ask({ ask: 'names', path }, options)) as readonly string[]
  }

  /** The content of a regular file. @throws {FileRefusedError} for anything else, and what is larger than the limit */
  async content(path: string, options: ContentOptions): Promise<FileContent> {
    const { limit, followLink = true } = options
    return (await this.#ask({ ask: 'content', path, limit, followLink }, options)) as FileContent
  }

  /** The same while nothing else runs: for what cannot wait. @param limit in bytes */
  contentNow(path: string, limit: number): Buffer {
    return this.#sync.read(path, limit, syncMs)
  }

  /**
   * The same for a caller that can ask again with {@link content} when there is no answer in a fifth of a
   * second. While any such call hangs it gives no answer at all: several do not add up.
   * @param limit in bytes
   */
  contentSoon(path: string, limit: number): Buffer {
    if (this.#sync.silent.length > 0) throw new FileSilentError(path)
    return this.#sync.read(path, limit, soonMs)
  }

  /**
   * Ends the process of its own, for when this one is about to be ended by a signal. A system may hold a
   * thread of this one, beyond any signal, for as long as one of that one waits in the same folder.
   */
  end(): void {
    this.#elsewhere.end()
  }

  /**
   * Makes one call of another kind, one at a time, in this process: for what writes.
   * @throws what it throws, and {@link FileSilentError}: at once while an earlier one hangs
   */
  async step<T>(path: string, call: () => Promise<T>, withinMs: number = defaultMs): Promise<T> {
    if (!(await this.#writing.wait(withinMs))) throw new FileSilentError(path)
    return this.#writing.run(path, withinMs, call)
  }

  #ask(request: FileRequest, { withinMs = defaultMs, signal }: CallOptions): Promise<unknown> {
    const answer = this.#shared(request, withinMs)
    return signal === undefined ? answer : unlessAborted(answer, signal)
  }

  /** A question that waits for its answer for so long is not asked twice at a time. */
  #shared(request: FileRequest, withinMs: number): Promise<unknown> {
    const key = JSON.stringify(request)
    const asked = this.#stalled.get(key)
    if (asked !== undefined) return asked
    const answer = this.#route(request, withinMs)
    const timer = setTimeout(() => this.#stalled.set(key, answer), stalledMs)
    const over = (): void => {
      clearTimeout(timer)
      if (this.#stalled.get(key) === answer) this.#stalled.delete(key)
    }
    answer.then(over, over)
    return answer
  }

  async #route(request: FileRequest, withinMs: number): Promise<unknown> {
    const { path } = request
    if (this.#reading.isSilent(path) || this.#elsewhere.isSilent(path)) {
      throw new FileSilentError(path)
    }
    const here = (): Promise<unknown> =>
      this.#reading.run(path, withinMs, (beat) => askFile(request, beat))
    if (this.#reading.take() || (await this.#reading.wait(patienceMs))) return here()
    try {
      return await this.#elsewhere.ask(request, withinMs)
    } catch (error) {
      if (!(error instanceof FileProcessEndedError)) throw error
      if (await this.#reading.wait(withinMs)) return here()
      throw new FileSilentError(path)
    }
  }
}

function unlessAborted(answer: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(signal.reason as Error)
    const over = (): void => signal.removeEventListener('abort', aborted)
    answer.finally(over).then(resolve, reject)
    if (signal.aborted) aborted()
    else signal.addEventListener('abort', aborted)
  })
}

/**
 * The one of this process: the pool whose threads it counts is the process's too, whatever runs in it.
 */
export const processFiles: Files = new Files()
