import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import type { TargetEvent } from '../../../src/discovery/updates.js'
import type { TargetGroup } from '../../../src/discovery/groups/target-group.js'
import type { Labels } from '../../../src/labels/index.js'
import { type EventFacts, EventRecorder } from '../../../src/scrape/events/index.js'
import type { ScrapeJob } from '../../../src/scrape/index.js'
import { Stage } from '../jobs.js'

/** A daemon's pools with a recorder; the test plays discovery. */
export class Rig {
  readonly registry = new Registry()
  readonly scrape = new Subject<TargetEvent>()
  readonly notify = new Subject<TargetEvent>()
  readonly recorder: EventRecorder
  readonly stage: Stage
  readonly running: Promise<void>

  constructor(jobs: readonly ScrapeJob[], capacity = 1000) {
    const { registry, scrape, notify } = this
    this.recorder = new EventRecorder({ capacity, scrape, notify, registry, now: () => 1000 })
    this.running = this.recorder.execute()
    this.stage = new Stage(jobs, { observe: this.recorder.observe })
  }

  /** Everything that is in the log. */
  facts(): readonly EventFacts[] {
    return this.recorder.log
      .page({}, { limit: Infinity })
      .map(({ json }) => JSON.parse(json) as EventFacts)
  }

  /** The events since the last time, in short: `added a:1`, `dropped b:1 by rule 1`. */
  news(): readonly string[] {
    const news = this.facts().slice(this.#read).map(short)
    this.#read += news.length
    return news
  }
  #read = 0

  async stop(): Promise<void> {
    this.recorder.interrupt()
    this.stage.manager.interrupt()
    await Promise.all([this.running, this.stage.done])
  }
}

function short(facts: EventFacts): string {
  const { kind, cause, address, labels, before, rule, fault, count } = facts
  return [
    kind,
    count ?? address,
    ...(before === undefined ? [] : [difference(before, labels)]),
    ...(rule === undefined ? [] : [`by rule ${String(rule.number)}`]),
    ...(fault === undefined ? [] : [fault]),
    ...(cause === 'answer' ? [] : [cause]),
  ].join(' ')
}

/** `env=a->b` for a label that changed; `(was active)` where nothing took the target's place. */
function difference(before: Labels, after: Labels | undefined): string {
  if (after === undefined) return '(was active)'
  return Object.entries(before)
    .map(([name, value]) => `${name}=${value}->${after[name] ?? ''}`)
    .join(' ')
}

/** What discovery says about one changed group. */
export function targetEvent(
  set: string,
  cause: TargetEvent['cause'],
  before: TargetGroup | undefined,
  after: TargetGroup | undefined,
): TargetEvent {
  const key = before?.source ?? after?.source ?? ''
  return { at: 0, set, provider: 'file/0', cause, changes: new Map([[key, { before, after }]]) }
}
