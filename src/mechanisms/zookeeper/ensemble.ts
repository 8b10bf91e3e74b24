import dns from 'node:dns/promises'
import net from 'node:net'
import { finalize, type Observable, ReplaySubject, type SchedulerLike, share } from 'rxjs'
import { joinHostPort, splitHostPort } from '../../go/host-port.js'
import type { Logger } from '../../telemetry/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { loop } from '../../waiting/loop.js'
import { sleep } from '../../waiting/sleep.js'
import { ZookeeperError } from './errors.js'
import { type Address, Session } from './session.js'
import type { Znodes } from './znodes.js'

const defaultPort = '2181'
/** No server gets less than this to open a session; milliseconds. */
const leastLimitMs = 1000
/** The longest wait is the one that Prometheus always takes. */
const backOff: BackOff = { firstMs: 1000, maxMs: 10_000 }

/** Whether there is a session with one of the servers. */
export type EnsembleState =
  | { readonly kind: 'open'; readonly znodes: Znodes }
  /** None of them can be used. */
  | {
      readonly kind: 'failing'
      readonly error: Error
      /** When they are tried again; milliseconds on the scheduler's clock. */
      readonly nextTry: number
    }

/** How the servers are used. */
export interface EnsembleOptions {
  /** `host`, `host:port` or `[address]:port` each. */
  readonly servers: readonly string[]
  /** The session's timeout, in milliseconds. */
  readonly timeoutMs: number
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly logger: Logger
}

/** One server of a round: its address, and how it is called in errors. */
interface Candidate {
  readonly address: Address
  readonly name: string
}

/** The sessions that are in use, by their servers and timeout. */
export type SharedEnsembles = Map<string, Observable<EnsembleState>>

/**
 * A session with one of the servers, shared by all who use the same servers with the same timeout: the
 * first subscriber opens it, the last one closes it.
 */
export function sharedEnsemble(
  shared: SharedEnsembles,
  options: EnsembleOptions,
): Observable<EnsembleState> {
  const key = JSON.stringify([options.servers.toSorted(), options.timeoutMs])
  const existing = shared.get(key)
  if (existing !== undefined) return existing
  const states = ensemble(options).pipe(
    finalize(() => shared.delete(key)),
    share({ connector: () => new ReplaySubject(1), resetOnRefCountZero: true }),
  )
  shared.set(key, states)
  return states
}

/** How a round of the servers ended, and why. */
type Outcome =
  | { readonly kind: 'lost'; readonly error: Error; readonly hasLasted: boolean }
  | { readonly kind: 'none'; readonly error: Error }

/**
 * A session with one of the servers at a time, in random order, and with the next one when it is lost: at
 * once if it has lasted, and else after a wait that grows. Every session is a new one: a tree is read
 * again after a lost connection anyway.
 */
export function ensemble(options: EnsembleOptions): Observable<EnsembleState> {
  const { scheduler, random, logger } = options
  return loop(async (emit, signal) => {
    const rounds = new Rounds(options, emit, signal)
    let failures = 0
    for (;;) {
      const outcome = await rounds.next()
      if (outcome.kind === 'lost') {
        logger.info('Lost connection to Zookeeper.', { err: outcome.error })
        if (outcome.hasLasted) {
          failures = 0
          continue
        }
      }
      failures += 1
      const { error } = outcome
      const wait = backOffDelay(failures, error, random, backOff)
      emit({ kind: 'failing', error, nextTry: scheduler.now() + wait })
      await sleep(wait, scheduler, signal)
    }
  })
}

/** Tries of all servers, one after the other. */
class Rounds {
  readonly #options: EnsembleOptions
  readonly #emit: (state: EnsembleState) => void
  readonly #signal: AbortSignal
  /** The server whose session was lost last: it is tried last. */
  #lost: string | undefined
  /** A server that has not heard yet of what the last one has told would bring back the past. */
  #zxid = 0n

  constructor(options: EnsembleOptions, emit: (state: EnsembleState) => void, signal: AbortSignal) {
    this.#options = options
    this.#emit = emit
    this.#signal = signal
  }

  /** Opens a session with the first server that gives one, and waits until that is lost. */
  async next(): Promise<Outcome> {
    const { servers, random } = this.#options
    const { candidates, errors } = await candidatesOf(servers)
    this.#signal.throwIfAborted()
    for (const candidate of shuffled(candidates, random, this.#lost)) {
      let session: Session
      try {
        session = await this.#open(candidate, candidates.length)
      } catch (error) {
        this.#signal.throwIfAborted()
        errors.push(errorMessage(error))
        continue
      }
      return this.#use(session, candidate)
    }
    // Where all are behind what was seen they have been set up again, and will not catch up.
    this.#zxid = 0n
    return { kind: 'none', error: new ZookeeperError(errors.join('; ')) }
  }

  #open(candidate: Candidate, candidates: number): Promise<Session> {
    const { timeoutMs, scheduler } = this.#options
    const limitMs = Math.max(leastLimitMs, timeoutMs / candidates)
    const options = { timeoutMs, limitMs, zxid: this.#zxid, scheduler, signal: this.#signal }
    return Session.open({ ...candidate, ...options })
  }

  async #use(session: Session, { name }: Candidate): Promise<Outcome> {
    const { scheduler } = this.#options
    const since = scheduler.now()
    this.#lost = name
    this.#emit({ kind: 'open', znodes: session })
    const error = await session.ended
    this.#signal.throwIfAborted()
    this.#zxid = session.zxid
    const hasLasted = session.hasAnswered && scheduler.now() - since >= backOff.maxMs
    return { kind: 'lost', error, hasLasted }
  }
}

/** All addresses of all servers; and what is wrong with those that have none. */
async function candidatesOf(
  servers: readonly string[],
): Promise<{ readonly candidates: readonly Candidate[]; readonly errors: string[] }> {
  const candidates: Candidate[] = []
  const errors: string[] = []
  for (const server of servers) {
    try {
      candidates.push(...(await addressesOf(server)))
    } catch (error) {
      errors.push(errorMessage(error))
    }
  }
  return { candidates, errors }
}

async function addressesOf(server: string): Promise<readonly Candidate[]> {
  const split = splitHostPort(server.includes(':') ? server : `${server}:${defaultPort}`)
  if (typeof split === 'string') throw new ZookeeperError(split)
  const { host } = split
  const port = Number(split.port)
  if (!/^[0-9]{1,5}$/.test(split.port) || port > 65_535) {
    throw new ZookeeperError(`address ${server}: invalid port`)
  }
  const name = joinHostPort(host, port)
  if (net.isIP(host) !== 0) return [{ address: { host, port }, name }]
  const found = await dns.lookup(host, { all: true })
  return found.map(({ address }) => ({
    address: { host: address, port },
    name: `${name} (${address})`,
  }))
}

/** In random order, but for the one that comes last. */
function shuffled(
  candidates: readonly Candidate[],
  random: () => number,
  last: string | undefined,
): readonly Candidate[] {
  const drawn = candidates.map((one) => ({ one, at: one.name === last ? 1 : random() }))
  return drawn.sort((a, b) => a.at - b.at).map(({ one }) => one)
}
