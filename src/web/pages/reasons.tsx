import { formatReasons, type ReloadReason } from '../../reload/index.js'
import { ConfigError, formatPlace } from '../../yaml/index.js'
import type { Html } from './html.js'
import { Link, Text, wrapped } from './text.js'

/** No more of one reload are looked at. */
const mostFaults = 100

/** One thing that a reload was refused for. */
interface ReloadFault {
  /** `prometheus.yml:12:7` */
  readonly place: string
  readonly message: string
}

/** What of a refused config has a place. */
export function faultsOf(reasons: readonly ReloadReason[]): readonly ReloadFault[] {
  const issues = reasons.flatMap(({ error }) => (error instanceof ConfigError ? error.issues : []))
  return issues
    .slice(0, mostFaults)
    .map((issue) => ({ place: formatPlace(issue), message: issue.message }))
}

/** Why a reload was refused; each place leads to the Config page, or to the page that is named. */
export function Reasons(props: {
  readonly reasons: readonly ReloadReason[]
  readonly root: string
  readonly page?: string
}): Html {
  const { reasons, root, page = `${root}config` } = props
  const places = [...new Set(faultsOf(reasons).map(({ place }) => place))]
  return (
    <pre class="wrap" tabindex={0}>
      {linked(wrapped(formatReasons(reasons)), places, page)}
    </pre>
  )
}

function linked(text: string, places: readonly string[], page: string): readonly (Html | string)[] {
  const found = places
    .map((place) => ({ place, at: text.indexOf(`${place}:`) }))
    .filter(({ at }) => at !== -1)
    .sort((a, b) => a.at - b.at)
  const parts: (Html | string)[] = []
  let end = 0
  for (const { place, at } of found) {
    if (at < end) continue
    parts.push(text.slice(end, at))
    parts.push(<Link to={`${page}#${encodeURIComponent(place)}`} text={place} />)
    end = at + place.length
  }
  return [...parts, text.slice(end)]
}

/** What reloads were refused for, each with its place as an anchor. */
export function ReloadFaults(props: {
  readonly reasons: readonly ReloadReason[]
  readonly title: string
}): Html | null {
  const { reasons, title } = props
  const faults = faultsOf(reasons)
  if (faults.length === 0) return null
  const seen = new Set<string>()
  const anchor = (place: string): string | undefined => {
    if (seen.has(place)) return undefined
    seen.add(place)
    return place
  }
  return (
    <section>
      <h2>{title}</h2>
      <p>In the files on disk, which are not in force:</p>
      <ul class="anchors">
        {faults.map(({ place, message }) => (
          <li id={anchor(place)}>
            <code>
              <Text text={place} />
            </code>{' '}
            <Text text={message} />
          </li>
        ))}
      </ul>
    </section>
  )
}
