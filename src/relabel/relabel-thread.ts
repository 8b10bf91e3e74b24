import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import type { Labels } from '../labels/index.js'
import type { Relabeler, RelabelStep } from './relabeler.js'
import type { ThreadAnswer, ThreadJob } from './thread-work.js'
import { RelabelWorkError } from './work.js'

/** A thread, as far as it is used here. */
export interface RelabelWorker {
  postMessage(job: ThreadJob, transfer: readonly []): void
  on(event: 'message', listener: (answer: ThreadAnswer | { readonly error: string }) => void): this
  on(event: 'error', listener: (error: Error) => void): this
  removeAllListeners(): this
  terminate(): Promise<unknown>
}

export interface RelabelThreadOptions {
  /** How long the rules may take for one label set. Default a minute. */
  readonly timeLimitMs?: number
  /** How many label sets may wait; more are refused. Left out: any number. */
  readonly maxWaiting?: number
  /** Makes the thread. */
  readonly start?: () => RelabelWorker
}

interface Waiting {
  readonly job: ThreadJob
  resolve(answer: ThreadAnswer): void
  reject(error: Error): void
}

/** A thread that has had nothing to do for this long ends. */
const idleMs = 10_000

// Text, so that it runs from the sources and from the built package alike: it takes what was built.
const source = `
const { parentPort, workerData } = require('node:worker_threads')
const work = import(workerData).then(({ threadWork }) => threadWork())
parentPort.on('message', (job) => {
  work.then((run) => run(job)).then(
    (answer) => parentPort.postMessage(answer),
    (error) => parentPort.postMessage({ error: String(error) }),
  )
})
`

/**
 * Applies rules in a thread of its own to labels that are too much work for the event loop: one label set
 * after the other, in the order in which they come. The thread is started when it is needed, and ended
 * when a label set takes too long.
 */
export class RelabelThread {
  readonly #timeLimitMs: number
  readonly #maxWaiting: number
  readonly #start: () => RelabelWorker
  /** The first one is being done. */
  readonly #waiting: Waiting[] = []
  #worker: RelabelWorker | undefined
  /** Ends what takes too long, or a thread that is idle. */
  #timer: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(options: RelabelThreadOptions = {}) {
    this.#timeLimitMs = options.timeLimitMs ?? 60_000
    this.#maxWaiting = options.maxWaiting ?? Infinity
    this.#start = options.start ?? startWorker
  }

  /**
   * Like `Relabeler.apply`, without its limit of work.
   * @param labels in their order
   * @param signal gives it up
   * @throws {RelabelWorkError} when it takes too long, when it makes labels that are too long, and when too
   *   many label sets wait
   */
  async apply(
    { rules, scheme }: Relabeler,
    labels: ThreadJob['labels'],
    base: number,
    signal?: AbortSignal,
  ): Promise<Labels | undefined> {
    const answer = await this.#ask({ kind: 'apply', rules, scheme, labels, base }, signal)
    return answer.kind === 'applied' ? answer.labels : undefined
  }

  /** Like `Relabeler.explain`, without its limit of work. @throws {RelabelWorkError} as `apply` does */
  async explain(
    { rules, scheme }: Relabeler,
    labels: Labels,
    signal?: AbortSignal,
  ): Promise<readonly RelabelStep[]> {
    const entries = Object.entries(labels)
    const job = { kind: 'explain', rules, scheme, labels: entries, base: Infinity } as const
    const answer = await this.#ask(job, signal)
    const steps = answer.kind === 'explained' ? answer.steps : []
    return rules.map((rule, i) => ({ rule, output: {}, keep: false, ...steps[i] }))
  }

  /** Gives up everything, for good. */
  close(): void {
    this.#isClosed = true
    this.#end()
    for (const one of this.#waiting.splice(0)) one.reject(new RelabelWorkError('the pools stop'))
  }

  async #ask(job: ThreadJob, signal: AbortSignal | undefined): Promise<ThreadAnswer> {
    if (this.#isClosed) throw new RelabelWorkError('the pools stop')
    if (this.#waiting.length >= this.#maxWaiting) {
      throw new RelabelWorkError('too many labels wait for rules that take long; try again')
    }
    const answer = await new Promise<ThreadAnswer>((resolve, reject) => {
      const waiting = { job, resolve, reject }
      signal?.addEventListener('abort', () => this.#giveUp(waiting), { once: true })
      this.#waiting.push(waiting)
      if (this.#waiting.length === 1) this.#next()
    })
    if (answer.kind === 'fault') throw new RelabelWorkError(answer.message)
    return answer
  }

  #giveUp(waiting: Waiting): void {
    const at = this.#waiting.indexOf(waiting)
    if (at < 0) return
    this.#waiting.splice(at, 1)
    waiting.reject(new RelabelWorkError('relabelling was given up'))
    if (at > 0) return
    this.#end()
    this.#next()
  }

  #next(): void {
    clearTimeout(this.#timer)
    const [first] = this.#waiting
    if (first === undefined) {
      this.#timer = setTimeout(() => this.#end(), idleMs)
      this.#timer.unref()
      return
    }
    this.#timer = setTimeout(() => {
      const seconds = String(this.#timeLimitMs / 1000)
      this.#fail(new RelabelWorkError(`the rules take more than ${seconds} s for these labels`))
    }, this.#timeLimitMs)
    this.#worker ??= this.#started()
    this.#worker.postMessage(first.job, [])
  }

  #started(): RelabelWorker {
    const worker = this.#start()
    worker.on('message', (answer) => {
      if ('error' in answer) {
        this.#fail(new RelabelWorkError(answer.error))
        return
      }
      this.#waiting.shift()?.resolve(answer)
      this.#next()
    })
    worker.on('error', (error) => this.#fail(error))
    return worker
  }

  /** Gives up the label set at hand, and the thread with it. */
  #fail(error: Error): void {
    this.#end()
    this.#waiting.shift()?.reject(error)
    this.#next()
  }

  #end(): void {
    clearTimeout(this.#timer)
    const worker = this.#worker
    this.#worker = undefined
    // What it was doing is given up, so it does not matter how it ends.
    worker?.removeAllListeners().terminate().catch(ignore)
  }
}

function startWorker(): RelabelWorker {
  const built = pathToFileURL(createRequire(import.meta.url).resolve('muster-sd/relabel'))
  const workerData = new URL('thread-work.js', built).href
  return new Worker(source, { eval: true, workerData })
}

function ignore(): void {}
