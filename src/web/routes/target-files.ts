import type { Labels } from '../../labels/index.js'
import type { TargetItem } from '../../scrape/search/index.js'

/** Targets as a JSON array, a line each. */
export function* targetJson(items: Iterable<TargetItem>): Generator<string, void> {
  let before = '[\n'
  for (const item of items) {
    yield before + JSON.stringify(item)
    before = ',\n'
  }
  yield before.startsWith('[') ? '[]\n' : '\n]\n'
}

const columns = [
  'state',
  'job',
  'url',
  'address',
  'labels',
  'discovered_labels',
  'rule',
  'place',
  'error',
  'held',
  'restored',
  'provider',
  'since',
  'id',
]

/** Targets as a table for spreadsheets (RFC 4180), a line each below the names of the columns. */
export function* targetCsv(items: Iterable<TargetItem>): Generator<string, void> {
  yield `${columns.join(',')}\r\n`
  for (const item of items) {
    const { state, pool, scrapeUrl = '', labels, discoveredLabels = {}, rule, error = '' } = item
    const fields = [
      state,
      pool,
      scrapeUrl,
      discoveredLabels['__address__'] ?? '',
      labels === undefined ? '' : selector(labels),
      selector(discoveredLabels),
      rule === undefined ? '' : String(rule.number),
      rule?.place ?? '',
      error,
      item.held === true ? 'held' : '',
      item.restored === true ? 'restored' : '',
      item.provider,
      item.since ?? '',
      item.id,
    ]
    yield `${fields.map(field).join(',')}\r\n`
  }
}

function selector(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return `{${pairs.join(', ')}}`
}

/** A field of a table. Spreadsheets run what begins like a formula: such a text gets an apostrophe in front. */
function field(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
