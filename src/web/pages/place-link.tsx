import type { Html } from './html.js'
import { withQuery } from './paging.js'
import { Link } from './text.js'

/** A link to a rule in the config. @param job empty for a rule of Alertmanagers. @param place `prometheus.yml:12:7` */
export function PlaceLink(props: {
  readonly job: string
  readonly place: string
  readonly root: string
  readonly text?: string
}): Html {
  const { job, place, root, text = place } = props
  const to = `${withQuery(`${root}config`, { job })}#${encodeURIComponent(place)}`
  return <Link to={to} text={text} />
}
