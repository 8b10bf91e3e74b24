import { waitFor } from '../../../waiting/wait-for.js'
import { type ExecCredential, type ExecPlugin, runExecPlugin } from './exec-plugin.js'

/** How long a result is taken as it is, an error too: many requests fail and are tried again at once. Milliseconds. */
const atLeastMs = 5000

/** One run of the program. */
interface Run {
  readonly startedAt: number
  readonly credential: Promise<ExecCredential>
  /** What came of it; undefined while it runs. */
  outcome: { readonly expiresAt: number } | undefined
}

/**
 * The credentials that a program makes: run when they are first needed, when they have expired and when the server
 * refuses them, once for all who need them.
 */
export class ExecCredentials {
  readonly #plugin: ExecPlugin
  readonly #environment: Readonly<Record<string, string | undefined>>
  readonly #now: () => number
  readonly #closed = new AbortController()
  #run: Run | undefined

  /** @param now milliseconds since 1970 */
  constructor(
    plugin: ExecPlugin,
    environment: Readonly<Record<string, string | undefined>>,
    now: () => number,
  ) {
    this.#plugin = plugin
    this.#environment = environment
    this.#now = now
  }

  /**
   * The credential as it is now.
   * @param wasRefused the server refused it: it is made again, unless it is new
   * @throws {AccessError} where the program does not make one; the signal's reason
   */
  async get(wasRefused: boolean, signal?: AbortSignal): Promise<ExecCredential> {
    const run = this.#isUsable(this.#run, wasRefused) ? this.#run : this.#start()
    return await waitFor(run.credential, signal)
  }

  /** Ends a program that runs. */
  close(): void {
    this.#closed.abort(new Error('the cluster is not used any more'))
  }

  #isUsable(run: Run | undefined, wasRefused: boolean): run is Run {
    if (run === undefined) return false
    if (run.outcome === undefined) return true
    const now = this.#now()
    if (now - run.startedAt < atLeastMs) return true
    return !wasRefused && now < run.outcome.expiresAt
  }

  #start(): Run {
    const credential = runExecPlugin(this.#plugin, this.#environment, this.#closed.signal)
    const run: Run = { startedAt: this.#now(), credential, outcome: undefined }
    credential.then(
      ({ expiresAt = Infinity }) => {
        run.outcome = { expiresAt }
      },
      () => {
        run.outcome = { expiresAt: 0 }
      },
    )
    this.#run = run
    return run
  }
}
