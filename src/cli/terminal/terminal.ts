import type { Writable } from 'node:stream'
import type { Host } from '../host.js'

/** What a stream leads to, as far as it matters to what is written there. */
export interface Terminal {
  readonly stream: Writable
  /** A person may be looking: lines can be drawn again. */
  readonly isTerminal: boolean
  /** Whether colours are wanted. */
  readonly hasColours: boolean
  /** Characters that fit into a line; `Infinity` where it is no terminal. It changes with the window. */
  readonly columns: number
  /** Lines that fit into the window; `Infinity` where it is no terminal. */
  readonly rows: number
  /** Something could not be written: its reader has gone. */
  readonly isGone: boolean
}

/** What the streams of Node say about a terminal; other streams say nothing, and are none. */
interface MaybeTerminal {
  readonly isTTY?: boolean
  readonly columns?: number
  readonly rows?: number
  readonly lost?: number
}

// What a terminal has that does not tell its size.
const usualColumns = 80
const usualRows = 24

/**
 * A stream as a terminal.
 *
 * Colours are for terminals. `NO_COLOR` (https://no-color.org) and `TERM=dumb` turn them off; `FORCE_COLOR`
 * turns them on for a stream that is no terminal, as Node has it, and `FORCE_COLOR=0` turns them off.
 * Where both are set `NO_COLOR` wins.
 */
export function terminalOf(stream: Writable, env: Host['env']): Terminal {
  const maybe = stream as Writable & MaybeTerminal
  const isTerminal = maybe.isTTY === true
  return {
    stream,
    isTerminal,
    hasColours: wantsColours(isTerminal, env),
    get columns() {
      return isTerminal ? maybe.columns || usualColumns : Infinity
    },
    get rows() {
      return isTerminal ? maybe.rows || usualRows : Infinity
    },
    get isGone() {
      return (maybe.lost ?? 0) > 0
    },
  }
}

function wantsColours(isTerminal: boolean, env: Host['env']): boolean {
  const { NO_COLOR: none = '', FORCE_COLOR: forced, TERM: term } = env
  if (none !== '') return false
  if (forced !== undefined) return !/^(0|false)$/.test(forced)
  return isTerminal && term !== 'dumb'
}
