/** The rules of one list of a job, or of a section of Alertmanagers: its key, and where each stands in the config file. */
export interface RuleList {
  readonly key: 'relabel_configs' | 'metric_relabel_configs'
  /** `prometheus.yml:12:7` */
  readonly places: readonly string[]
}

/** Anchors by the number of their line. */
export type Anchors = ReadonlyMap<number, string>

/** The lines of a job's YAML at which its rules begin, with the place that each has in the config file. */
export function anchorsOfRules(lines: readonly string[], lists: readonly RuleList[]): Anchors {
  const found = new Map<number, string>()
  for (const { key, places } of lists) {
    const start = lines.indexOf(`${key}:`)
    if (start === -1) continue
    const indent = /^ *- /.exec(lines[start + 1] ?? '')?.[0] ?? '- '
    let next = 0
    for (let i = start + 1; i < lines.length && next < places.length; i += 1) {
      const line = lines[i] ?? ''
      if (/^[^\s-]/.test(line)) break
      if (!line.startsWith(indent)) continue
      found.set(i, places[next] ?? '')
      next += 1
    }
  }
  return found
}

/** The anchor of a job; undefined for a name that no address is made of: spaces, marks, a long text. */
export function anchorOfJob(name: string): string | undefined {
  return /^[^\p{C}\s<>"'&]{1,200}$/u.test(name) ? `job-${name}` : undefined
}

/** The job that begins in a line of the whole config. */
export function jobIn(line: string): string | undefined {
  const [, plain, single] =
    /^ *- job_name: (?:([\w./][\w./ -]*)|'((?:[^']|'')*)')$/.exec(line) ?? []
  return plain ?? single?.replaceAll("''", "'")
}

/** Where rules stand in the config file. */
export interface PlaceSource {
  ofJob(name: string): readonly RuleList[]
  /** By section of `alerting.alertmanagers`. */
  readonly ofAlertmanagers: readonly (readonly string[])[]
}

/** The lines of the whole config at which jobs and rules begin: `job-node`, `prometheus.yml:12:7`. */
export function anchorsOfConfig(lines: readonly string[], places: PlaceSource): Anchors {
  const anchors = new Map<number, string>()
  const jobs = lines.flatMap((line, at) => {
    const job = jobIn(line)
    return job === undefined ? [] : [{ job, at }]
  })
  for (const [i, { job, at }] of jobs.entries()) {
    const own = anchorOfJob(job)
    if (own !== undefined) anchors.set(at, own)
    addItem(anchors, lines, at, jobs[i + 1]?.at, places.ofJob(job))
  }
  const sections = alertmanagersIn(lines)
  for (const [i, at] of sections.entries()) {
    const rules = places.ofAlertmanagers[i] ?? []
    addItem(anchors, lines, at, sections[i + 1], [{ key: 'relabel_configs', places: rules }])
  }
  return anchors
}

/** Adds the anchors of an item of a list: its lines as they would stand by themselves. */
function addItem(
  anchors: Map<number, string>,
  lines: readonly string[],
  from: number,
  to: number | undefined,
  lists: readonly RuleList[],
): void {
  const indent = (/^ *- /.exec(lines[from] ?? '')?.[0] ?? '').length
  const own = lines.slice(from, to).map((line) => line.slice(indent))
  for (const [line, place] of anchorsOfRules(own, lists)) anchors.set(from + line, place)
}

/** The lines at which the sections of `alerting.alertmanagers` begin. */
function alertmanagersIn(lines: readonly string[]): readonly number[] {
  const alerting = lines.indexOf('alerting:')
  const start = alerting === -1 ? -1 : lines.indexOf('  alertmanagers:', alerting)
  if (start === -1) return []
  const sections: number[] = []
  for (let i = start + 1; i < lines.length && /^ {4}/.test(lines[i] ?? ''); i += 1) {
    if ((lines[i] ?? '').startsWith('    - ')) sections.push(i)
  }
  return sections
}
