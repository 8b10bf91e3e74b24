import { list, namedText, type Type } from '../../yaml/index.js'

/** The formats a scrape may ask for, as Prometheus sorts them in its error text. */
const supported = [
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusProto',
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
] as const

/** What a job asks for when neither it nor `global` says anything, most wanted first. */
export const defaultScrapeProtocols: readonly string[] = [
  'OpenMetricsText1.0.0',
  'OpenMetricsText0.0.1',
  'PrometheusText1.0.0',
  'PrometheusText0.0.4',
]

/** The same for a job that scrapes native histograms, which only protobuf carries. */
export const protoFirstScrapeProtocols: readonly string[] = [
  'PrometheusProto',
  ...defaultScrapeProtocols,
]

/** One name of a format; checked by {@link faultOfProtocols} once the job's name is known. */
export const scrapeProtocol: Type<string> = namedText('config.ScrapeProtocol')
export const scrapeProtocols: Type<readonly string[]> = list(scrapeProtocol)

/** What is wrong with one name; undefined when nothing is. */
export function faultOfProtocol(name: string): string | undefined {
  return supported.some((known) => known === name)
    ? undefined
    : `unknown scrape protocol ${name}, supported: [${supported.join(' ')}]`
}

/** The first thing that is wrong with a list of formats; undefined when nothing is. */
export function faultOfProtocols(names: readonly string[]): string | undefined {
  if (names.length === 0) return 'scrape_protocols cannot be empty'
  const seen = new Set<string>()
  for (const name of names) {
    const key = name.toLowerCase()
    if (seen.has(key)) return `duplicated protocol in scrape_protocols, got [${names.join(' ')}]`
    const fault = faultOfProtocol(name)
    if (fault !== undefined) return `scrape_protocols: ${fault}`
    seen.add(key)
  }
  return undefined
}
