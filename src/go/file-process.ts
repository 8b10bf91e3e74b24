import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { FileRefusedError, type FileRequest } from './file-call.js'
import { FileSilentError } from './file-lane.js'

/** How many threads the process has for file calls. */
export const processThreads = 64

/** What goes to the process. */
export interface ProcessQuestion {
  readonly id: number
  readonly request: FileRequest
  readonly withinMs: number
}

/** What comes back: an answer; or that there is none in time, and later that the call is over after all. */
export type ProcessMessage =
  | { readonly id: number; readonly kind: 'answer'; readonly value: unknown }
  | { readonly id: number; readonly kind: 'error'; readonly error: PlainError }
  | { readonly id: number; readonly kind: 'silent' }
  | { readonly id: number; readonly kind: 'over' }

/** An error as data. */
export interface PlainError {
  readonly isRefusal: boolean
  readonly message: string
  readonly details: Readonly<Record<string, string | number>>
}

export function plainError(error: unknown): PlainError {
  const { message, code, errno, syscall, path } = error as NodeJS.ErrnoException
  const details = Object.entries({ code, errno, syscall, path }).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  )
  return {
    isRefusal: error instanceof FileRefusedError,
    message,
    details: Object.fromEntries(details),
  }
}

function errorOf({ isRefusal, message, details }: PlainError): Error {
  return isRefusal ? new FileRefusedError(message) : Object.assign(new Error(message), details)
}

interface Asked {
  readonly path: string
  /** Undefined once the caller has its answer. */
  settle: { resolve(value: unknown): void; reject(error: Error): void } | undefined
}

/** The process ended, or could not be started: what was asked has no answer. */
export class FileProcessEndedError extends Error {
  override readonly name = 'FileProcessEndedError'
  readonly code = 'ERR_FILE_PROCESS_ENDED'
}

/** Starts the process; it is given {@link ProcessQuestion}s and sends {@link ProcessMessage}s. */
export type StartProcess = () => ChildProcess

export const startFileProcess: StartProcess = () =>
  fork(fileURLToPath(new URL('./file-process-main.js', import.meta.url)), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // Nothing of what the user set for this process, a debugger for instance, is for that one.
    execArgv: [],
    env: { UV_THREADPOOL_SIZE: String(processThreads) },
  })

// It costs the memory of another Node, so it goes when it is not needed.
const idleMs = 30_000

// The system may be unable to end a process that it holds in a call.
const mostProcesses = 4

/**
 * A process that does file calls when those that hang have used up the threads this one gives to files.
 * It is started at the first call, and ended when nothing was asked for a while. Ended as well when most of
 * its threads hang: the next one has all of them again.
 */
export class FileProcess {
  readonly #start: StartProcess
  #child: ChildProcess | undefined
  /** How many were started and have not ended. */
  #running = 0
  readonly #asked = new Map<number, Asked>()
  #lastId = 0
  #idle: NodeJS.Timeout | undefined

  constructor(start: StartProcess) {
    this.#start = start
  }

  /** The paths whose calls were given up and have not come back. */
  get silent(): readonly string[] {
    return Array.from(this.#asked.values()).flatMap(({ path, settle }) =>
      settle === undefined ? [path] : [],
    )
  }

  isSilent(path: string): boolean {
    return this.silent.includes(path)
  }

  /**
   * Asks the file system there; as `askFile` does it here.
   * @throws as that does, {@link FileSilentError}, and {@link FileProcessEndedError}
   */
  async ask(request: FileRequest, withinMs: number): Promise<unknown> {
    const child = this.#usable()
    if (child === undefined) throw new FileProcessEndedError('too many of them hang')
    const id = (this.#lastId += 1)
    clearTimeout(this.#idle)
    child.ref()
    child.channel?.ref()
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { path: request.path, settle: { resolve, reject } })
      const question: ProcessQuestion = { id, request, withinMs }
      child.send(question, (error) => {
        if (error === null) return
        this.#take({ id, kind: 'error', error: plainError(error) })
      })
    })
  }

  /** Ends the process. What was asked is not answered any more. */
  end(): void {
    clearTimeout(this.#idle)
    this.#child?.kill('SIGKILL')
    this.#child = undefined
    const reason = 'the process that asks the file system ended'
    for (const { settle } of this.#asked.values()) settle?.reject(new FileProcessEndedError(reason))
    this.#asked.clear()
  }

  #usable(): ChildProcess | undefined {
    if (this.silent.length > processThreads / 2) this.end()
    if (this.#child !== undefined) return this.#child
    if (this.#running >= mostProcesses) return undefined
    this.#running += 1
    const child = this.#start()
    this.#child = child
    const ended = (): void => {
      if (this.#child === child) this.end()
    }
    child.on('message', (message) => this.#take(message as ProcessMessage))
    child.once('error', ended)
    child.once('exit', ended)
    child.once('close', () => {
      this.#running -= 1
    })
    return child
  }

  #take(message: ProcessMessage): void {
    const asked = this.#asked.get(message.id)
    if (asked === undefined) return
    const { settle } = asked
    if (message.kind === 'silent') {
      asked.settle = undefined
      settle?.reject(new FileSilentError(asked.path))
    } else {
      this.#asked.delete(message.id)
      if (message.kind === 'answer') settle?.resolve(message.value)
      if (message.kind === 'error') settle?.reject(errorOf(message.error))
    }
    this.#rest()
  }

  /** Once no caller waits for an answer: lets this process exit, and ends the other one after a while. */
  #rest(): void {
    for (const { settle } of this.#asked.values()) if (settle !== undefined) return
    this.#child?.unref()
    this.#child?.channel?.unref()
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.end(), idleMs)
    this.#idle.unref()
  }
}
