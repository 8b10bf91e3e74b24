/** Where two plain values differ, one line each: `.a[0].b: muster has 1, Prometheus has 2`. */
export function differences(theirs: unknown, ours: unknown, at = ''): readonly string[] {
  if (Array.isArray(theirs) && Array.isArray(ours) && theirs.length === ours.length) {
    return theirs.flatMap((item, i) => differences(item, ours[i], `${at}[${String(i)}]`))
  }
  if (isMap(theirs) && isMap(ours)) {
    const keys = new Set([...Object.keys(theirs), ...Object.keys(ours)])
    return [...keys].flatMap((key) => {
      const path = `${at}.${key}`
      if (!Object.hasOwn(theirs, key)) return [`${path}: muster has ${JSON.stringify(ours[key])}`]
      if (!Object.hasOwn(ours, key)) {
        return [`${path}: Prometheus has ${JSON.stringify(theirs[key])}`]
      }
      return differences(theirs[key], ours[key], path)
    })
  }
  if (Object.is(theirs, ours)) return []
  return [`${at}: muster has ${JSON.stringify(ours)}, Prometheus has ${JSON.stringify(theirs)}`]
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** What is otherwise on purpose; mostly, what later versions of Prometheus print otherwise too. */
const known = [
  /\.metric_name_validation_scheme: muster has "utf8"$/,
  /\.scrape_native_histograms: muster has false$/,
  /\.extra_scrape_metrics: muster has false$/,
  /\.role: muster has "droplets"$/,
  /^\.otlp\.label_name_\w+: muster has true$/,
  /relabel_configs\[\d+\]\.(?:separator|replacement): muster has ""$/,
  /\.attach_metadata\.(?:namespace|deployment|job|cronjob): muster has false$/,
  // An empty address: for muster as if it was left out.
  /\.(?:api_server|proxy_url): Prometheus has ""$/,
  // Jobs have them all the same.
  /^\.global\.scrape_protocols: Prometheus has /,
  // Muster masks these passwords too.
  /\.(?:url|token_url): muster has "http:\/\/\w:xxxxx@\w", Prometheus has "http:\/\/\w:\w@\w"$/,
  /^\.storage(?:\.tsdb(?:\.retention)?)?: muster has /,
]

/** Whether a difference in how a config is printed is one on purpose. */
export function printedOtherwise(difference: string): boolean {
  return known.some((pattern) => pattern.test(difference))
}
