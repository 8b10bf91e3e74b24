import { inspect } from 'node:util'
import type { Actor } from '../run/index.js'

/** What a scripted actor does when it is interrupted. */
export type OnInterrupt =
  /** It ends well: the default. */
  | 'settle'
  /** It ignores it, until the test ends it with `finish` or `fail`. */
  | 'hang'
  /** The interrupt itself throws this; `execute` ends well all the same. */
  | { readonly throws: unknown }
  /** The promise of the interrupt rejects with this; `execute` ends well all the same. */
  | { readonly rejects: unknown }
  /** The interrupt's promise settles when this one does; `execute` ends well then. */
  | { readonly waitsFor: Promise<unknown> }

/** An actor whose every step the test decides. */
export interface ScriptedActor extends Actor {
  /** Ends `execute` well. */
  finish(): void
  /** Ends `execute` with an error. */
  fail(error: unknown): void
}

/**
 * Makes an actor that does nothing but write down what happens to it, and ends when told.
 *
 * `log` gets `name:start`, `name:interrupt(<message of the reason, or nothing>)` and `name:end`, in the
 * order in which they happen: one array shared by all actors of a test is the whole assertion.
 */
export function scriptedActor(
  name: string,
  log: string[] = [],
  onInterrupt: OnInterrupt = 'settle',
): ScriptedActor {
  let finish: () => void = noop
  let fail: (error: unknown) => void = noop
  const over = new Promise<void>((resolve, reject) => {
    finish = resolve
    fail = reject
  })
  // Failing before `execute` was called is part of a script, not an unhandled rejection.
  over.catch(noop)
  return {
    name,
    finish: () => finish(),
    fail: (error) => fail(error),
    async execute() {
      log.push(`${name}:start`)
      try {
        await over
      } finally {
        log.push(`${name}:end`)
      }
    },
    interrupt(reason) {
      log.push(`${name}:interrupt(${describe(reason)})`)
      return obey(onInterrupt, finish)
    },
  }
}

function obey(onInterrupt: OnInterrupt, finish: () => void): void | Promise<void> {
  if (onInterrupt === 'hang') return
  if (onInterrupt === 'settle') return finish()
  if ('waitsFor' in onInterrupt) return onInterrupt.waitsFor.then(finish)
  finish()
  if ('rejects' in onInterrupt) return Promise.reject(onInterrupt.rejects)
  throw onInterrupt.throws
}

function describe(reason: unknown): string {
  if (reason === undefined) return ''
  return reason instanceof Error ? reason.message : inspect(reason)
}

function noop(): void {}
