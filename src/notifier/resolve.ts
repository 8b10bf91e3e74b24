import { posix } from 'node:path'
import type { TargetGroup } from '../discovery/index.js'
import { redactUrl } from '../go/url.js'
import { type Labels, labelValue } from '../labels/index.js'
import { checkLabelSize, compareNames, maxWork, type Relabeler } from '../relabel/index.js'
import { errorMessage } from '../telemetry/error-text.js'

/** How much of an address or a scheme a message shows, in characters. */
const maxShown = 1024

/** The rules may take more steps than this for a few targets of a group only: see `maxWork`. */
const heavyWork = maxWork / 100

/** How the targets of a set become Alertmanagers. */
export interface Resolution {
  readonly scheme: string
  readonly pathPrefix: string
  readonly relabeler: Relabeler
}

/** What became of one target. */
export type ResolvedTarget =
  | {
      readonly kind: 'active'
      /** To post alerts to. */
      readonly url: string
      readonly labels: Labels
    }
  /** With the URL it had before the rules. */
  | { readonly kind: 'dropped'; readonly url: string }
  | { readonly kind: 'failed'; readonly fault: string }

/** What became of the targets of one group. */
export interface ResolvedGroup {
  /** URLs to post alerts to. */
  readonly active: readonly string[]
  /** URLs of those that a rule dropped, as they were before the rules. */
  readonly dropped: readonly string[]
  /** Why some of the targets cannot be Alertmanagers. */
  readonly faults: readonly string[]
}

/**
 * Makes Alertmanagers of the targets of a group, as Prometheus does: `__address__`, `__scheme__` and
 * `__alerts_path__` say where one is, and relabelling may change all three.
 *
 * A target that cannot be one is a fault of its own; Prometheus discards its whole group.
 */
export function resolveGroup(group: TargetGroup, resolution: Resolution): ResolvedGroup {
  const active: string[] = []
  const dropped: string[] = []
  const faults: string[] = []
  const { work } = resolution.relabeler
  let heavy = 0
  for (const target of group.targets) {
    work.limit = heavy > maxWork ? heavyWork : maxWork
    const resolved = resolveTarget(target, group.labels, resolution)
    if (resolved.kind === 'failed') faults.push(resolved.fault)
    else if (resolved.kind === 'active') active.push(resolved.url)
    else dropped.push(resolved.url)
    if (work.done > heavyWork) heavy += Math.min(work.done, maxWork)
  }
  return { active, dropped, faults }
}

/**
 * Makes an Alertmanager of one target.
 * @param shared the labels of its group
 */
export function resolveTarget(
  target: Labels,
  shared: Labels,
  resolution: Resolution,
): ResolvedTarget {
  try {
    const labels = discoveredLabels(target, shared, resolution)
    const kept = resolution.relabeler.apply(labels, 0)
    if (kept !== undefined) checkLabelSize(kept)
    const url = urlOf(kept ?? labels)
    if (kept === undefined) return { kind: 'dropped', url }
    const fault = faultOf(kept, url)
    if (fault !== undefined) return { kind: 'failed', fault }
    return { kind: 'active', url, labels: kept }
  } catch (error) {
    // One target must not take the others with it, whatever is the matter with it.
    return { kind: 'failed', fault: errorMessage(error) }
  }
}

/**
 * The labels of a target before the rules.
 *
 * The config's scheme and path win over the target's own labels, and lose to those of its group. They are
 * in the order in which Prometheus sets them; those of the target, and of the group, are in none there.
 */
export function discoveredLabels(
  target: Labels,
  shared: Labels,
  { scheme, pathPrefix }: Resolution,
): Labels {
  const own = sorted(shared).filter(([name]) => !Object.hasOwn(target, name))
  return Object.fromEntries([
    ...sorted(target),
    ['__scheme__', scheme],
    ['__alerts_path__', posix.join('/', pathPrefix, '/api/v2/alerts')],
    ...own,
  ])
}

function sorted(labels: Labels): [name: string, value: string][] {
  return Object.entries(labels).sort(([a], [b]) => compareNames(a, b))
}

function urlOf(labels: Labels): string {
  const path = labelValue(labels, '__alerts_path__')
  const slash = path === '' || path.startsWith('/') ? '' : '/'
  const host = `${labelValue(labels, '__scheme__')}://${labelValue(labels, '__address__')}`
  return `${host}${slash}${escaped(path)}`
}

/** The path is a plain path: what would end it in a URL is a part of it here. */
function escaped(path: string): string {
  const wellFormed = path.replace(/\p{Surrogate}/gu, '\ufffd')
  return encodeURI(wellFormed).replace(/[?#]/g, encodeURIComponent)
}

function faultOf(labels: Labels, url: string): string | undefined {
  const address = labelValue(labels, '__address__')
  const scheme = labelValue(labels, '__scheme__')
  if (address === '') return 'no address'
  // Before the host is looked at: with another scheme a URL has other rules, and may have no host. Go takes
  // `HTTP` for `http`.
  if (!/^https?$/i.test(scheme)) {
    return `unsupported protocol scheme ${JSON.stringify(clip(scheme))}`
  }
  // Each of these would make another URL of it: a path, a query, a user with a password.
  if (/[/?#@\\\s]/.test(address) || !URL.canParse(url)) {
    return `${JSON.stringify(clip(redactUrl(address)))} is not a valid hostname`
  }
  return undefined
}

function clip(text: string): string {
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}
