import { formatUrl, type UrlParts } from '../../go/format-url.js'
import type { LabelValues } from '../../relabel/index.js'
import type { ScrapeJob } from '../job.js'
import type { Target } from '../targets/target.js'
import type { SelectionCache } from './name-selections.js'
import { formatQuery } from './query.js'

/** Gives scheme and host under which others reach a target; `error` where that cannot be told. */
export type GlobalHost = (
  scheme: string,
  host: string,
) => { readonly scheme: string; readonly host: string; readonly error?: string | undefined }

/** What all elements of a pool's lists have in common. */
export interface ElementContext {
  readonly job: ScrapeJob
  readonly globalHost: GlobalHost
  /** Why every target of the pool fails; empty when none does. */
  readonly poolError: string
  readonly selections: SelectionCache
}

/** The URL that a target is scraped at, in parts; from its labels after relabelling. */
export function urlOf(
  { list, values }: LabelValues,
  job: ScrapeJob,
  selections: SelectionCache,
): UrlParts {
  const { params } = selections.of(list)
  const own = params.map(({ name, at }) => [name, values[at] ?? ''] as const)
  const value = (name: string): string => {
    const at = list.indexOf(name)
    return at === undefined ? '' : (values[at] ?? '')
  }
  return {
    scheme: value('__scheme__'),
    host: value('__address__'),
    path: value('__metrics_path__'),
    query: formatQuery(job.params, own),
  }
}

/**
 * An element of `activeTargets`. Nothing is scraped here: health and times are those of a new target.
 * @param discovered undefined where the labels are too long to be shown
 */
export function activeElement(
  target: Target,
  discovered: LabelValues | undefined,
  context: ElementContext,
): string {
  const { job, globalHost, poolError, selections } = context
  const { publicLabels } = selections.of(target.list)
  const url = urlOf(target, job, selections)
  const { error, ...global } = globalHost(url.scheme, url.host)
  const scrapeUrl = formatUrl(url)
  const isElsewhere = global.scheme !== url.scheme || global.host !== url.host
  return JSON.stringify({
    discoveredLabels: discovered?.list.labels(discovered.values) ?? {},
    labels: publicLabels.labels(target.values),
    scrapePool: job.job_name,
    scrapeUrl,
    globalUrl: isElsewhere ? formatUrl({ ...url, ...global }) : scrapeUrl,
    lastError: error === undefined ? poolError : `${poolError}: ${error}`,
    lastScrape: '0001-01-01T00:00:00Z',
    lastScrapeDuration: 0,
    health: poolError === '' ? 'unknown' : 'down',
    scrapeInterval: target.value('__scrape_interval__'),
    scrapeTimeout: target.value('__scrape_timeout__'),
  })
}

/**
 * An element of `droppedTargets`.
 * @param discovered undefined where the labels are too long to be shown
 */
export function droppedElement(
  discovered: LabelValues | undefined,
  { job }: ElementContext,
): string {
  return JSON.stringify({
    discoveredLabels: discovered?.list.labels(discovered.values) ?? {},
    scrapePool: job.job_name,
  })
}

/**
 * An element of what the Target Allocator gives a member: the address is among the labels as well. A label
 * with an empty name is left out, for which Prometheus would refuse the whole answer.
 * @param found labels before relabelling, without those that the member's own config gives
 */
export function allocatedElement(
  { list, values }: LabelValues,
  { selections }: ElementContext,
): string {
  const at = list.indexOf('__address__')
  const labels = selections.of(list).named.labels(values)
  return JSON.stringify({ targets: [at === undefined ? '' : (values[at] ?? '')], labels })
}
