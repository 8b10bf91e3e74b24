type Labels = Readonly<Record<string, string>>

interface TargetsAnswer {
  readonly activeTargets: readonly {
    readonly scrapePool?: string
    readonly scrapeUrl: string
    readonly labels: Labels
    readonly discoveredLabels: Labels
  }[]
  readonly droppedTargets: readonly { readonly discoveredLabels: Labels }[]
}

interface AlertmanagersAnswer {
  readonly activeAlertmanagers: readonly { readonly url: string }[]
}

/** How answers are made comparable. */
export interface ShownOptions {
  /** Labels that one of the two releases does not have. */
  readonly ignore?: RegExp
  /** An older Prometheus does not name the pool of a target. */
  readonly pools?: boolean
}

/** Everything a server shows of its targets and Alertmanagers, as sorted lines. */
export async function shown(url: string, options: ShownOptions = {}): Promise<readonly string[]> {
  const { ignore, pools = true } = options
  const { activeTargets, droppedTargets } = await data<TargetsAnswer>(`${url}/api/v1/targets`)
  const { activeAlertmanagers } = await data<AlertmanagersAnswer>(`${url}/api/v1/alertmanagers`)
  const plain = (labels: Labels): Labels =>
    Object.fromEntries(
      Object.entries(labels)
        .filter(([name, value]) => value !== '' && ignore?.test(name) !== true)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  return [
    ...activeTargets.map(({ scrapePool, scrapeUrl, labels, discoveredLabels }) =>
      JSON.stringify({
        pool: pools ? scrapePool : undefined,
        scrapeUrl,
        labels: plain(labels),
        discovered: plain(discoveredLabels),
      }),
    ),
    ...droppedTargets.map(({ discoveredLabels }) =>
      JSON.stringify({ dropped: plain(discoveredLabels) }),
    ),
    ...activeAlertmanagers.map((alertmanager) =>
      JSON.stringify({ alertmanager: alertmanager.url }),
    ),
  ].sort()
}

async function data<T>(url: string): Promise<T> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${String(response.status)}`)
  return ((await response.json()) as { data: T }).data
}
