/** What an HTTP/2 session may have sent at once beyond what its requests need, in bytes. */
const burst = 128 * 1024

/** What it may send beyond that in a second: pings, settings, window updates. */
const perSecond = 16 * 1024

/** What all sessions together may send beyond that in a second: where there are many, each gets its share. */
const allPerSecond = 256 * 1024

/** What a request that its client takes back costs, in bytes: work that was for nothing. */
const resetCost = 1024

/** A part of a body below this length, in bytes, costs more than its bytes, and so much more. */
const smallPart = 256
const smallPartCost = 64

/** Frames, TLS records and priorities around a request and its body, as a share of their bytes, and in bytes. */
const overhead = 1.1
const requestOverhead = 128

/** A byte of window updates is allowed for this many bytes of an answer. */
const answerShare = 16

/** What a session has sent and got so far, in bytes; TLS included. */
export interface SessionTraffic {
  readonly read: number
  readonly written: number
}

/**
 * What an HTTP/2 session may send. Requests, their bodies, and answers that are read pay for themselves,
 * also before a request is answered: a proxy sends a hundred with long tokens at once. Everything else has
 * a rate: pings, settings, priorities, window updates of a byte,
 * headers that are refused, empty frames, requests that are taken back. It is their bytes that count,
 * since node says nothing of most of these frames.
 */
export class SessionBudget {
  #left = burst
  /** What the requests are worth that are not answered yet. */
  #open = 0
  #at: number
  #traffic: SessionTraffic = { read: 0, written: 0 }

  /** @param now milliseconds, from any fixed point */
  constructor(now: number) {
    this.#at = now
  }

  /**
   * A request came.
   * @param headerLength characters of its headers, uncompressed
   */
  asked(headerLength: number): void {
    this.#open += worthOf(headerLength)
  }

  /** A request was answered. @param headerLength as when it came */
  answered(headerLength: number): void {
    this.#open -= worthOf(headerLength)
    this.#left += worthOf(headerLength)
  }

  /** A part of a body was read. @param bytes its length */
  took(bytes: number): void {
    this.#left += bytes * overhead - (bytes < smallPart ? smallPartCost : 0)
  }

  /**
   * A request was taken back before its answer was complete.
   * @param headerLength as when it came
   */
  reset(headerLength: number): void {
    this.#open -= worthOf(headerLength)
    this.#left -= resetCost
  }

  /**
   * Takes note of what was sent meanwhile.
   * @param now milliseconds, from the same point as before
   * @param sessions how many there are
   * @returns whether the session may go on
   */
  allows(now: number, traffic: SessionTraffic, sessions = 1): boolean {
    const { read, written } = this.#traffic
    const rate = Math.min(perSecond, allPerSecond / sessions)
    this.#left += ((now - this.#at) / 1000) * rate + (traffic.written - written) / answerShare
    this.#left = Math.min(burst, this.#left - (traffic.read - read))
    this.#at = now
    this.#traffic = traffic
    return this.#left + this.#open >= 0
  }
}

/** What a request may take on the way. */
function worthOf(headerLength: number): number {
  return headerLength * overhead + requestOverhead
}
