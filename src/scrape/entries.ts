import type { Collected, NameList } from '../relabel/index.js'
import type { ScrapeJob } from './job.js'
import type { Target } from './target.js'
import { formatQuery, formatUrl } from './url.js'

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
}

const paramPrefix = '__param_'

/** An element of `activeTargets`. Nothing is scraped here: health and times are those of a new target. */
export function activeEntry(target: Target, discovered: Collected, context: EntryContext): string {
  const { job, globalHost, poolError } = context
  const parts = {
    scheme: target.value('__scheme__'),
    host: target.value('__address__'),
    path: target.value('__metrics_path__'),
    query: formatQuery(job.params, ownParams(target)),
  }
  const { error, ...global } = globalHost(parts.scheme, parts.host)
  const url = formatUrl(parts)
  const changed = global.scheme !== parts.scheme || global.host !== parts.host
  return JSON.stringify({
    discoveredLabels: discovered.list.labels(discovered.values),
    labels: publicLabels(target.list, target.values),
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

/** The URL a target is scraped at. */
export function scrapeUrl(target: Target, job: ScrapeJob): string {
  return formatUrl({
    scheme: target.value('__scheme__'),
    host: target.value('__address__'),
    path: target.value('__metrics_path__'),
    query: formatQuery(job.params, ownParams(target)),
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
export function sdEntry(list: NameList, values: readonly string[]): string {
  const at = list.indexOf('__address__')
  const labels = list.names.flatMap((name, i) =>
    i === at ? [] : [`${JSON.stringify(name)}:${JSON.stringify(values[i])}`],
  )
  const address = at === undefined ? '' : (values[at] ?? '')
  return `{"targets":[${JSON.stringify(address)}],"labels":{${labels.join(',')}}}`
}

/** The labels that are not the scraper's own business. */
export function publicLabels(list: NameList, values: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.names.flatMap((name, i) => (name.startsWith('__') ? [] : [[name, values[i] ?? '']])),
  ) as Record<string, string>
}

function ownParams({ list, values }: Target): readonly (readonly [string, string])[] {
  return list.names.flatMap((name, i) =>
    name.startsWith(paramPrefix)
      ? [[name.slice(paramPrefix.length), values[i] ?? ''] as const]
      : [],
  )
}
