import { Subject } from 'rxjs'
import { type Reloadable, Reloader, type ReloadRequest } from '../../src/reload/index.js'
import { Gate } from '../../src/run/index.js'
import { loggingPart } from './parts.js'

/** A reloader whose config the test sets, started and stopped around one test. */
export function setUp(parts: (log: string[]) => readonly Reloadable<string>[] = twoParts) {
  const log: string[] = []
  const content = { now: 'one', load: async (): Promise<string> => content.now }
  const requests = new Subject<ReloadRequest>()
  const ready = new Gate('config')
  const reloader = new Reloader({
    load: () => content.load(),
    parts: parts(log),
    triggers: [() => requests],
    ready,
    now: () => 1_000,
  })
  return { log, content, requests, ready, reloader }
}

function twoParts(log: string[]): readonly Reloadable<string>[] {
  return [loggingPart('a', log), loggingPart('b', log)]
}
