import type { WebRoute } from '../routes/route.js'
import type { Html } from './html.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { withQuery } from './paging.js'
import { ReloadFaults } from './reasons.js'
import { count, counted, Link, Text } from './text.js'

/** A longer config is cut here; each job can be seen by itself. */
const mostLines = 2000

/** `/config`, and `/config?job=` for the part of one job, in which every rule has its place as an anchor. */
export function configPage(site: Site): WebRoute {
  return pageRoute(site, '/config', render)
}

function render(request: PageRequest): Page {
  const { sources } = request.site
  const job = request.query('job')
  const isWhole = job === ''
  const yaml = isWhole ? sources.config.yaml() : sources.pools.configYaml(job)
  const title = 'Config'
  const choice = (
    <form class="filter" action={`${request.root}config`}>
      <label>
        Job <input type="search" name="job" value={job} autocomplete="off" />
      </label>
      <button>Show</button>
      {isWhole ? null : <a href={`${request.root}config`}>Whole config</a>}
      <Link to={`${request.root}api/v1/status/config`} text="as JSON" />
    </form>
  )
  if (yaml === undefined) {
    const content = (
      <>
        {choice}
        <p class="notice bad">
          No job is called <Text text={job} />.
        </p>
      </>
    )
    return { title, content, status: 404 }
  }
  const reload = sources.config.lastReload?.()
  return {
    title,
    isStill: true,
    content: (
      <>
        {choice}
        <p>The config in force, defaults filled in, secrets hidden.</p>
        <Yaml text={yaml} job={job} request={request} />
        {isWhole && reload?.ok === false ? <ReloadFaults reasons={reload.reasons} /> : null}
      </>
    ),
  }
}

function Yaml(props: {
  readonly text: string
  /** Of which job it is; empty for the whole config. */
  readonly job: string
  readonly request: PageRequest
}): Html {
  const { text, job, request } = props
  const lines = text.replace(/\n$/, '').split('\n')
  const shown = lines.slice(0, mostLines)
  const placesOf = (name: string): readonly string[] =>
    request.site.sources.pools.rulePlaces?.(name) ?? []
  const anchors =
    job === '' ? anchorsOfJobs(shown, placesOf) : rulePlacesByLine(lines, placesOf(job))
  const more = lines.length - mostLines
  return (
    <>
      <p>{counted(lines.length, 'line')}</p>
      <div class="scroll yaml" role="region" aria-label="Config" tabindex={0}>
        <ol>
          {shown.map((line, i) => (
            <li id={anchors.get(i) ?? `L${String(i + 1)}`}>
              <Line line={line} isWhole={job === ''} request={request} anchor={anchors.get(i)} />
            </li>
          ))}
        </ol>
      </div>
      {more > 0 ? <p>and {count(more)} more lines: name a job to see its part</p> : null}
    </>
  )
}

/** A line; in the whole config the name of a job leads to its part. */
function Line(props: {
  readonly line: string
  readonly isWhole: boolean
  readonly request: PageRequest
  readonly anchor: string | undefined
}): Html {
  const { line, isWhole, request, anchor } = props
  const name = isWhole ? jobIn(line) : undefined
  if (name !== undefined) {
    return <Link to={withQuery(`${request.root}config`, { job: name })} text={line} />
  }
  return (
    <>
      <Text text={line} />
      {anchor === undefined ? null : <small> # {anchor}</small>}
    </>
  )
}

/** The job that begins in this line of the whole config. */
function jobIn(line: string): string | undefined {
  const [, plain, single] =
    /^ *- job_name: (?:([\w./][\w./ -]*)|'((?:[^']|'')*)')$/.exec(line) ?? []
  return plain ?? single?.replaceAll("''", "'")
}

/** The lines of the whole config at which jobs and their rules begin: `job-node`, `prometheus.yml:12:7`. */
function anchorsOfJobs(
  lines: readonly string[],
  placesOf: (job: string) => readonly string[],
): ReadonlyMap<number, string> {
  const starts = lines.flatMap((line, at) => {
    const job = jobIn(line)
    return job === undefined ? [] : [{ job, at }]
  })
  const anchors = new Map<number, string>()
  for (const [i, { job, at }] of starts.entries()) {
    const part = lines.slice(at, starts[i + 1]?.at)
    const indent = (/^ *- /.exec(part[0] ?? '')?.[0] ?? '').length
    const own = part.map((line) => line.slice(indent))
    anchors.set(at, `job-${job}`)
    for (const [line, place] of rulePlacesByLine(own, placesOf(job))) anchors.set(at + line, place)
  }
  return anchors
}

/**
 * The lines of a job's YAML at which its rules begin, by the number of the line, with the place that each has in the
 * config file.
 */
export function rulePlacesByLine(
  lines: readonly string[],
  places: readonly string[],
): ReadonlyMap<number, string> {
  const found = new Map<number, string>()
  const start = lines.indexOf('relabel_configs:')
  if (start === -1) return found
  const indent = /^ *- /.exec(lines[start + 1] ?? '')?.[0] ?? '- '
  for (let i = start + 1; i < lines.length && found.size < places.length; i += 1) {
    const line = lines[i] ?? ''
    if (/^[^\s-]/.test(line)) break
    const place = places[found.size]
    if (line.startsWith(indent) && place !== undefined) found.set(i, place)
  }
  return found
}

/** A link to a rule in the config. @param place `prometheus.yml:12:7` */
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
