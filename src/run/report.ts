/** One actor that is not done yet. */
export interface Blocker {
  readonly name: string
  /**
   * - `gated`: not started, its gate is closed
   * - `running`: started, and not asked to stop
   * - `queued`: the group stops, but its turn has not come (`stopAfter`)
   * - `stopping`: interrupted, and `execute` has not settled
   * - `cleaning`: `execute` has settled, the promise of its `interrupt` has not
   */
  readonly state: 'gated' | 'running' | 'queued' | 'stopping' | 'cleaning'
  /** Milliseconds since its start; 0 for an actor that has not started. */
  readonly runningMs: number
  /** Milliseconds since its interrupt; undefined before it. */
  readonly stoppingMs: number | undefined
  /** Names of the gates or actors it waits for. */
  readonly waitsFor: readonly string[]
  /** The blockers inside, for an actor that is itself a group. */
  readonly within: readonly Blocker[]
}

/** Who keeps a group from ending, and what keeps the process from ending. */
export interface StopReport {
  readonly blockers: readonly Blocker[]
  /** Kinds of open handles and requests, as `process.getActiveResourcesInfo()` names them. */
  readonly resources: readonly string[]
}

/** The report on one line, for a log or for the last words of a process. */
export function formatReport(report: StopReport): string {
  const blockers = report.blockers.map((blocker) => formatBlocker(blocker))
  const who = blockers.length === 0 ? 'no actor is left running' : blockers.join(', ')
  const resources = formatResources(report.resources)
  return resources === '' ? who : `${who}; open: ${resources}`
}

function formatBlocker(blocker: Blocker): string {
  const facts = [describe(blocker)]
  if (blocker.waitsFor.length > 0) facts.push(`waits for ${blocker.waitsFor.join(' and ')}`)
  if (blocker.within.length > 0) {
    facts.push(`inside: ${blocker.within.map((inner) => formatBlocker(inner)).join(', ')}`)
  }
  return `${blocker.name} (${facts.join('; ')})`
}

function describe(blocker: Blocker): string {
  const stopping = blocker.stoppingMs === undefined ? '' : seconds(blocker.stoppingMs)
  switch (blocker.state) {
    case 'gated':
      return 'not started'
    case 'running':
      return `running for ${seconds(blocker.runningMs)}`
    case 'queued':
      return `not asked to stop yet, running for ${seconds(blocker.runningMs)}`
    case 'stopping':
      return `asked to stop ${stopping} ago`
    case 'cleaning':
      return `its interrupt has not returned for ${stopping}`
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)}s`
}

function formatResources(resources: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const resource of resources) counts.set(resource, (counts.get(resource) ?? 0) + 1)
  return [...counts].map(([kind, n]) => (n === 1 ? kind : `${kind} x${String(n)}`)).join(', ')
}
