import { Buffer } from 'node:buffer'
import { writeSync } from 'node:fs'
import process from 'node:process'
import { Writable } from 'node:stream'
import { isatty } from 'node:tty'

/** How a chunk is written: the number of its bytes that were taken. Node's `writeSync`, or a test's. */
export type WriteBytes = (chunk: Buffer, offset: number) => number

/** What a {@link StandardStream} is made of. */
export interface StandardStreamOptions {
  readonly write: WriteBytes
  /** Milliseconds to wait for a reader that is slow, before a chunk is given up. */
  readonly patienceMs: number
  /** Waits, and lets nothing else run meanwhile; milliseconds. */
  readonly pause: (ms: number) => void
  /** The window behind it: `[columns, rows]`; undefined where it is no terminal. */
  readonly window?: () => readonly [columns: number, rows: number] | undefined
}

const pauseMs = 5

/**
 * Standard output or standard error of a process that outlives them: the disk behind them may be full,
 * their reader or their terminal may go away, and may come back. What cannot be written is dropped and
 * counted, and the next chunk is tried again. It never emits `error`, unlike `process.stderr`, which
 * would end the process.
 */
export class StandardStream extends Writable {
  readonly #options: StandardStreamOptions
  #lost = 0
  #isStuck = false
  #isTorn = false

  constructor(options: StandardStreamOptions) {
    super({ decodeStrings: true })
    this.#options = options
  }

  /** That of a file descriptor of this process. @param patienceMs see {@link StandardStreamOptions} */
  static of(fd: number, patienceMs: number): StandardStream {
    const clock = new Int32Array(new SharedArrayBuffer(4))
    return new StandardStream({
      write: (chunk, offset) => writeSync(fd, chunk, offset),
      patienceMs,
      pause: (ms) => void Atomics.wait(clock, 0, 0, ms),
      window: () => windowOf(fd),
    })
  }

  /** Whether it leads to a terminal. */
  get isTTY(): boolean {
    return this.#options.window?.() !== undefined
  }

  /** Characters in a line of its window; undefined where there is none. */
  get columns(): number | undefined {
    return this.#options.window?.()?.[0]
  }

  /** Lines of its window; undefined where there is none. */
  get rows(): number | undefined {
    return this.#options.window?.()?.[1]
  }

  /** How many chunks could not be written whole; a log line is one chunk. */
  get lost(): number {
    return this.#lost
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    try {
      this.#writeAll(chunk)
      this.#isStuck = false
    } catch {
      // There is no place left to say why: the count is what remains.
      this.#lost += 1
    }
    done()
  }

  #writeAll(chunk: Buffer): void {
    const { write, pause, patienceMs } = this.#options
    // A reader that did not read for so long is not waited for again until it has read something.
    let left = this.#isStuck ? 0 : patienceMs
    const bytes = this.#isTorn ? Buffer.concat([Buffer.from('\n'), chunk]) : chunk
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += write(bytes, offset)
        // What is left of a line that was cut must not become the start of the next one.
        this.#isTorn = offset < bytes.length
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
        if (left <= 0) {
          this.#isStuck = true
          throw error
        }
        pause(pauseMs)
        left -= pauseMs
      }
    }
  }
}

/** The size of the window now; Node's own stream of the terminal knows it, and is made when it is asked. */
function windowOf(fd: number): readonly [columns: number, rows: number] | undefined {
  if (!isatty(fd)) return undefined
  const { columns, rows } = fd === 1 ? process.stdout : process.stderr
  return [columns, rows]
}
