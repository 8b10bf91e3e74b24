import type { Files } from '../go/files.js'
import type { Logger } from '../telemetry/index.js'
import { graceful } from './exit-code.js'

/** What {@link ProcessEnd} touches of a process. */
export type EndingProcess = Pick<
  NodeJS.Process,
  'abort' | 'exit' | 'getActiveResourcesInfo' | 'kill' | 'pid' | 'removeAllListeners'
>

/** What it touches of the files. */
export type EndingFiles = Pick<Files, 'silent' | 'unanswered' | 'running' | 'end'>

// What takes longer to end by itself does not end.
const patienceMs = 2000

// A process is ended by a signal within this, or not at all.
const signalMs = 300

/** What the threads of Node's pool are busy with, in Node's words. */
const ofThePool = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/

/**
 * Ends a process of which calls of the file system may hang. `process.exit` waits for their threads, for
 * ever, and so does Node when nothing else is left to do; nothing but a signal ends such a process. It
 * is SIGTERM in place of the exit code 0, which service managers take for a good end as well, and
 * SIGKILL in place of any other.
 */
export class ProcessEnd {
  readonly #process: EndingProcess
  readonly #files: EndingFiles

  constructor(process: EndingProcess, files: EndingFiles) {
    this.#process = process
    this.#files = files
  }

  /** Ends it at once. */
  exit(code: number): void {
    if (this.#isHeld) this.#endBySignal(code)
    else this.#process.exit(code)
  }

  /** Ends it at once where file calls hang, and otherwise leaves it to end by itself. */
  exitIfHeld(code: number): void {
    if (this.#files.silent.length > 0) this.#endBySignal(code)
  }

  /**
   * Ends it soon, whatever is still open: all work is done. The log names what was left.
   * @param code what it exits with
   */
  exitSoon(code: number, logger: Logger): void {
    const { silent, unanswered } = this.#files
    if (silent.length > 0) {
      logger.warn('Ending without waiting for files that do not answer', {
        files: unanswered.join(', '),
      })
      this.#endBySignal(code)
      return
    }
    const timer = setTimeout(() => {
      logger.warn('Ending without waiting for what is still open', {
        files: this.#files.running.join(', '),
        open: this.#process.getActiveResourcesInfo().join(', '),
      })
      this.exit(code)
    }, patienceMs)
    timer.unref()
  }

  get #isHeld(): boolean {
    const resources = this.#process.getActiveResourcesInfo()
    return this.#files.silent.length > 0 || resources.some((kind) => ofThePool.test(kind))
  }

  #endBySignal(code: number): void {
    this.#files.end()
    const { pid } = this.#process
    const kill = (signal: NodeJS.Signals): void => {
      this.#process.removeAllListeners(signal)
      this.#process.kill(pid, signal)
    }
    kill(code === graceful ? 'SIGTERM' : 'SIGKILL')
    // The first process of a container gets no signal from itself. Aborting, it ends all the same.
    setTimeout(() => this.#process.abort(), signalMs)
  }
}
