import type { Config, ScrapeConfig } from '../config/index.js'
import type { SetConfigs } from '../discovery/index.js'
import { setName } from '../notifier/index.js'
import { namedChange } from '../reload/changes.js'
import type { Reloadable } from '../reload/index.js'
import { inTurns, type Steps, type Turns } from '../waiting/turns.js'
import { sameConfig } from '../yaml/index.js'

/** A part that reads one piece of the config, as a part that takes the whole. */
export function taking<P>(
  part: Reloadable<P>,
  piece: (config: Config) => P,
  name: string = part.name,
): Reloadable<Config> {
  return { name, prepare: (config) => part.prepare(piece(config)) }
}

/** Finds what differs between the config in force, undefined before the first, and the next one. */
export type Comparison = (before: Config | undefined, next: Config) => Steps<readonly string[]>

/** A part that also says what each config changes for it. */
export function comparing(
  part: Reloadable<Config>,
  compare: Comparison,
  turns: Turns,
): Reloadable<Config> {
  let inForce: Config | undefined
  return {
    name: part.name,
    async prepare(config) {
      const changes = await inTurns(compare(inForce, config), turns)
      const prepared = await part.prepare(config)
      return {
        changes: [...changes, ...(prepared.changes ?? [])],
        commit() {
          inForce = config
          return prepared.commit()
        },
        discard: () => prepared.discard(),
      }
    },
  }
}

/** Which jobs a config adds, removes and changes. */
export function* jobChanges(before: Config | undefined, next: Config): Steps<readonly string[]> {
  const known = new Map((before?.jobs ?? []).map((job) => [job.job_name, job]))
  const added: string[] = []
  const changed: string[] = []
  for (const job of next.jobs) {
    const { job_name: name } = job
    const old = known.get(name)
    if (old === undefined) added.push(name)
    else if (!sameConfig(withoutPlaces(old), withoutPlaces(job))) changed.push(name)
    known.delete(name)
    yield
  }
  return [
    ...namedChange('jobs added', added),
    ...namedChange('jobs removed', [...known.keys()]),
    ...namedChange('jobs changed', changed),
  ]
}

/** Whether a config changes how alerts are sent. */
export function* alertingChanges(
  before: Config | undefined,
  next: Config,
): Steps<readonly string[]> {
  if (before === undefined) return []
  const changed = [
    ...(sameConfig(before.alerting, next.alerting) ? [] : ['alerting']),
    ...(sameConfig(before.global.external_labels, next.global.external_labels)
      ? []
      : ['global.external_labels']),
  ]
  yield
  return namedChange('sections changed', changed)
}

/** Where its rules stand in the file is no part of a job. */
function withoutPlaces(job: ScrapeConfig): unknown {
  return { ...job, rule_places: [] }
}

/** One target set for each job, and those that other files add. */
export function scrapeSets({ jobs, further = new Map() }: Config): SetConfigs {
  const sets = new Map(jobs.map((job) => [job.job_name, job.discovery]))
  for (const [set, configs] of further) sets.set(set, [...(sets.get(set) ?? []), ...configs])
  return sets
}

/** One target set for each section of Alertmanagers. */
export function notifySets(config: Config): SetConfigs {
  const { alertmanagers } = config.alerting
  return new Map(alertmanagers.map((section, i) => [setName(i), section.discovery]))
}
