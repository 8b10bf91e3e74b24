/**
 * A label set: names to values, as plain data. A label with an empty value is the same as no label
 * (Prometheus' rule); both may occur in what a discoverer gives.
 *
 * Names come from the network: one may be called `constructor` or `__proto__`. Read a label with
 * {@link labelValue}, never by indexing.
 */
export type Labels = Readonly<Record<string, string>>

/** The value of a label, and the empty string where the set has none. */
export function labelValue(labels: Labels, name: string): string {
  return Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''
}

/** An unsafe character of a label name becomes `_`: what every mechanism does with foreign names. */
export function sanitizeLabelName(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/gu, '_')
}
