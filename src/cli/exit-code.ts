import { ActorError } from '../run/index.js'
import { InitialLoadError } from '../reload/index.js'

/** A graceful stop. */
export const graceful = 0
/** An actor failed. */
const failed = 1
/** The command line or the config cannot be used. */
export const unusable = 2
/** A second Ctrl-C: 128 + SIGINT, as shells have it. */
export const forced = 130

/** The exit code for what a group ended with; as Prometheus, which knows a bad config from a failure. */
export function exitCodeOf(error: unknown): number {
  const cause = error instanceof ActorError ? error.cause : error
  const isUnusable =
    cause instanceof InitialLoadError && cause.reasons.some(({ phase }) => phase === 'load')
  return isUnusable ? unusable : failed
}
