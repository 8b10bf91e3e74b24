import { formatUrl } from '../go/format-url.js'
import type { Collected } from '../relabel/index.js'
import type { ScrapeJob } from './job.js'
import type { NameViews } from './name-view.js'
import type { Target } from './target.js'
import { formatQuery } from './query.js'

/** Gives scheme and host under which others reach a target; `error` where that cannot be told. */
export type GlobalHost = (
  scheme: string,
  host: string,
) => { readonly scheme: string; readonly host: string; readonly error?: string | undefined }

/** What all targets of a pool have in common in the API. */
export interface EntryContext {
  readonly job: ScrapeJob
  readonly globalHost: GlobalHost
  /** Why every target of the pool fails; empty when none does. */
  readonly poolError: string
  readonly views: NameViews
}

/** An element of `activeTargets`. Nothing is scraped here: health and times are those of a new target. */
export function activeEntry(target: Target, discovered: Collected, context: EntryContext): string {
  const { job, globalHost, poolError, views } = context
  const { shown, params } = views.of(target.list)
  const own = params.map(({ name, at }) => [name, target.values[at] ?? ''] as const)
  const parts = {
    scheme: target.value('__scheme__'),
    host: target.value('__address__'),
    path: target.value('__metrics_path__'),
    query: formatQuery(job.params, own),
  }
  const { error, ...global } = globalHost(parts.scheme, parts.host)
  const url = formatUrl(parts)
  const changed = global.scheme !== parts.scheme || global.host !== parts.host
  return JSON.stringify({
    discoveredLabels: discovered.list.labels(discovered.values),
    labels: shown.labels(target.values),
    scrapePool: job.job_name,
    scrapeUrl: url,
    globalUrl: changed ? formatUrl({ ...parts, ...global }) : url,
    lastError: error === undefined ? poolError : `${poolError}: ${error}`,
    lastScrape: '0001-01-01T00:00:00Z',
    lastScrapeDuration: 0,
    health: poolError === '' ? 'unknown' : 'down',
    scrapeInterval: target.value('__scrape_interval__'),
    scrapeTimeout: target.value('__scrape_timeout__'),
  })
}

/** An element of `droppedTargets`. */
export function droppedEntry(discovered: Collected, { job }: EntryContext): string {
  return JSON.stringify({
    discoveredLabels: discovered.list.labels(discovered.values),
    scrapePool: job.job_name,
  })
}

/**
 * An element of an http_sd answer. With final labels a Prometheus that takes it without rules of its
 * own has the same target, interval and timeout included, since those are labels as well. What http_sd
 * cannot say is that a label every target gets (`job`, `__scheme__`, ...) was taken away.
 */
export function sdEntry({ list, values }: Collected, { views }: EntryContext): string {
  const at = list.indexOf('__address__')
  return JSON.stringify({
    targets: [at === undefined ? '' : (values[at] ?? '')],
    labels: views.of(list).withoutAddress.labels(values),
  })
}
