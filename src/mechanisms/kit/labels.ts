import { type Labels, sanitizeLabelName } from '../../labels/index.js'

/** The value of a label. A number or a boolean is printed as Go's `%d` and `%t` do; undefined is no label. */
export type LabelValue = string | number | bigint | boolean | undefined

/**
 * What the labels of one row of a table are made of: a value for one label; or pairs, such as a map of tags,
 * for one label each, named by the row's name and the sanitized key.
 */
export type LabelCell = LabelValue | Iterable<readonly [key: string, value: LabelValue]>

/** Label names without their prefix, and what they are of an item. */
export type LabelTable<I> = Readonly<Record<string, (item: I) => LabelCell>>

/**
 * Makes a label table a function: `labelsFrom('__meta_hetzner_', table)(server)`. Of two pairs whose keys
 * are the same once sanitized, the later one wins.
 */
export function labelsFrom<I>(prefix: string, table: LabelTable<I>): (item: I) => Labels {
  const rows = Object.entries(table).map(([name, cell]) => [prefix + name, cell] as const)
  return (item) => {
    const labels: Record<string, string> = {}
    for (const [name, cell] of rows) {
      const value = cell(item)
      if (value === undefined) continue
      if (typeof value !== 'object') labels[name] = String(value)
      else {
        for (const [key, one] of value) {
          if (one !== undefined) labels[name + sanitizeLabelName(key)] = String(one)
        }
      }
    }
    return labels
  }
}

/** The value `"true"` for each of these keys: the labels that say which tags there are. */
export function* present(keys: Iterable<string>): Generator<readonly [string, string]> {
  for (const key of keys) yield [key, 'true']
}

/**
 * Tags as one value, `,a,b,`: with a separator on both sides of each, so that a rule need not know where in
 * the list a tag is. Undefined for no tags.
 */
export function tagList(tags: readonly string[], separator = ','): string | undefined {
  return tags.length === 0 ? undefined : ['', ...tags, ''].join(separator)
}
