import { fingerprint, type TargetGroup } from '../../../discovery/index.js'
import type { GroupSection } from '../../../mechanisms/kit/group-section.js'
import { readSnapshotFile, type SnapshotSection } from '../../../snapshot/index.js'
import type { LintedConfig } from '../rule-list.js'
import { digest, type Duplicate, Duplicates } from './duplicates.js'
import { JobReview, type ReviewedTarget } from './job-review.js'

/** How many targets are kept to measure rules with: of a job, and of all. */
const [mostOfJob, mostSamples] = [1000, 10_000]

/** One value of a label, as long as all targets have the same. */
interface SingleValue {
  readonly value: string
  count: number
  isSingle: boolean
}

/** How often a label had another value in the second snapshot. */
export interface Churn {
  readonly label: string
  changed: number
  example: string
}

/** What one snapshot says about the configs. */
export class SnapshotReview {
  readonly file: string
  readonly jobs: readonly JobReview[]
  /** Jobs that the snapshot lacks a provider of: it was not recorded, or its config has changed. */
  readonly unknown: ReadonlySet<JobReview>
  readonly #urls: Duplicates<JobReview>
  readonly #labels: Duplicates<JobReview>
  /** By public label, over all active targets. */
  readonly values: ReadonlyMap<string, SingleValue>
  /** By job and URL: the public labels of each active target; kept where another snapshot follows. */
  readonly targets: ReadonlyMap<string, string>

  private constructor(file: string, collected: Collected) {
    this.file = file
    this.jobs = collected.jobs
    this.unknown = collected.unknown
    this.#urls = collected.urls
    this.#labels = collected.labels
    this.values = collected.values
    this.targets = collected.targets
  }

  /**
   * Reads a snapshot, group by group.
   * @param keeps whether the targets are kept, to be compared with those of another snapshot
   * @throws {SnapshotError} when it cannot be used
   */
  static async read(
    file: string,
    configs: readonly LintedConfig[],
    keeps: boolean,
  ): Promise<SnapshotReview> {
    const collected = new Collected(configs, keeps)
    for await (const event of readSnapshotFile(file)) {
      if (event.kind === 'section') collected.begin(event.section)
      else if (event.kind === 'group') collected.take(event.group)
    }
    return new SnapshotReview(file, collected)
  }

  /** The jobs of which all targets are known, and that have some. */
  get judged(): readonly JobReview[] {
    return this.jobs.filter((review) => review.discovered > 0 && !this.unknown.has(review))
  }

  /** Active targets of all jobs. */
  get active(): number {
    return this.jobs.reduce((sum, { active }) => sum + active, 0)
  }

  /** Jobs that scrape the same URL. */
  get sameUrls(): readonly Duplicate<JobReview>[] {
    return this.#urls.found
  }

  /** Targets with the same public labels and other URLs. */
  get sameLabels(): readonly Duplicate<JobReview>[] {
    return this.#labels.found
  }

  /** Labels that have other values in a later snapshot, for targets that are in both. */
  churnTo(later: SnapshotReview): { readonly common: number; readonly churns: readonly Churn[] } {
    const churns = new Map<string, Churn>()
    let common = 0
    for (const [key, text] of later.targets) {
      const before = this.targets.get(key)
      if (before === undefined) continue
      common += 1
      if (before === text) continue
      const [old, now] = [labelsOf(before), labelsOf(text)]
      for (const label of new Set([...old.keys(), ...now.keys()])) {
        const [was = '', is = ''] = [old.get(label), now.get(label)]
        if (was === is) continue
        const churn = churns.get(label) ?? { label, changed: 0, example: `${was} → ${is}` }
        churn.changed += 1
        churns.set(label, churn)
      }
    }
    return { common, churns: [...churns.values()] }
  }
}

/** Gathers a review while a snapshot is read. */
class Collected {
  readonly jobs: readonly JobReview[]
  readonly urls = new Duplicates<JobReview>()
  readonly labels = new Duplicates<JobReview>()
  readonly values = new Map<string, SingleValue>()
  readonly targets = new Map<string, string>()
  readonly #keeps: boolean
  readonly #byFingerprint = new Map<string, Set<JobReview>>()
  /** Providers that the snapshot has not named so far. */
  readonly #missing = new Map<JobReview, Set<string>>()
  #current: readonly JobReview[] = []

  constructor(configs: readonly LintedConfig[], keeps: boolean) {
    this.#keeps = keeps
    const count = configs.reduce((sum, { config }) => sum + config.jobs.length, 0)
    const samples = Math.min(mostOfJob, Math.ceil(mostSamples / count))
    this.jobs = configs.flatMap((linted) =>
      linted.config.jobs.map((job) => new JobReview(linted, job, samples)),
    )
    for (const review of this.jobs) {
      for (const source of review.job.discovery) {
        // What is in the config needs no snapshot, which may be older.
        if (source.mechanism.name === 'static') {
          this.#takeStatic(review, source.config as readonly GroupSection[])
          continue
        }
        const key = fingerprint(source)
        const sharing = this.#byFingerprint.get(key) ?? new Set()
        this.#byFingerprint.set(key, sharing.add(review))
        this.#missing.set(review, (this.#missing.get(review) ?? new Set()).add(key))
      }
    }
  }

  begin({ manager, fingerprint: key, mechanism, missing, sets }: SnapshotSection): void {
    const isOurs = manager === 'scrape' && mechanism !== 'static' && missing === undefined
    const alike = isOurs ? [...(this.#byFingerprint.get(key) ?? [])] : []
    // Providers that differ in their secrets alone have one fingerprint; a job may have a new name.
    this.#current = alike.filter(
      (review) =>
        sets.includes(review.job.job_name) || this.#missing.get(review)?.has(key) === true,
    )
    for (const review of this.#current) this.#missing.get(review)?.delete(key)
  }

  get unknown(): ReadonlySet<JobReview> {
    const lacking = [...this.#missing].filter(([, keys]) => keys.size > 0)
    return new Set(lacking.map(([review]) => review))
  }

  take(group: TargetGroup): void {
    for (const review of this.#current) this.#takeGroup(review, group)
  }

  #takeStatic(review: JobReview, groups: readonly GroupSection[]): void {
    for (const [i, group] of groups.entries()) {
      this.#takeGroup(review, { ...group, source: String(i) })
    }
  }

  #takeGroup(review: JobReview, group: TargetGroup): void {
    for (const target of review.take(group)) this.#takeTarget(review, target)
  }

  #takeTarget(review: JobReview, { publicLabels, address, url }: ReviewedTarget): void {
    const pairs = Object.entries(publicLabels).sort(([a], [b]) => (a < b ? -1 : 1))
    const text = JSON.stringify(pairs)
    // A loopback address is another machine at each Prometheus.
    if (!/^(?:127\.|localhost(?::|$)|\[::1\])/iu.test(address)) {
      this.urls.take(review, url, review.job.job_name, url)
      this.labels.take(review, text, url, url)
    }
    for (const [name, value] of pairs) {
      const known = this.values.get(name)
      if (known === undefined) this.values.set(name, { value, count: 1, isSingle: true })
      else {
        known.count += 1
        known.isSingle &&= known.value === value
      }
    }
    if (this.#keeps) this.targets.set(digest(`${review.job.job_name}\n${url}`), text)
  }
}

function labelsOf(text: string): ReadonlyMap<string, string> {
  return new Map(JSON.parse(text) as readonly (readonly [string, string])[])
}
