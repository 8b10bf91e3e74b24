import type { WebRoute } from '../routes/route.js'
import {
  anchorOfJob,
  type Anchors,
  anchorsOfConfig,
  anchorsOfRules,
  jobIn,
  type RuleList,
} from './config-anchors.js'
import { OnDisk } from './config-on-disk.js'
import type { Html } from './html.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { withQuery } from './paging.js'
import { ReloadFaults } from './reasons.js'
import { count, counted, Link, Text } from './text.js'

/** A longer config is cut here; each job can be seen by itself. */
const mostLines = 2000

/**
 * `/config`, `/config?job=` for the part of one job, in which every rule has its place as an anchor, and
 * `/config?view=disk` for what a reload would do.
 */
export function configPage(site: Site): WebRoute {
  return pageRoute(site, '/config', render)
}

async function render(request: PageRequest): Promise<Page> {
  const { sources } = request.site
  const title = 'Config'
  if (request.query('view') === 'disk') {
    const planned = await sources.planReload()
    const content = (
      <>
        <Views request={request} view="disk" />
        <OnDisk planned={planned} inForce={sources.config.yaml()} root={request.root} />
      </>
    )
    return { title, isStill: true, content }
  }
  const job = request.query('job')
  const isWhole = job === ''
  const yaml = isWhole ? sources.config.yaml() : sources.pools.configYaml(job)
  const choice = (
    <>
      <Views request={request} view="force" />
      <form class="filter" action={`${request.root}config`}>
        <label>
          Job <input type="search" name="job" value={job} autocomplete="off" />
        </label>
        <button>Show</button>
        {isWhole ? null : <a href={`${request.root}config`}>Whole config</a>}
        <Link to={`${request.root}api/v1/status/config`} text="as JSON" />
      </form>
    </>
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
  const last = sources.config.lastReload?.()
  const reloads = sources.config.reloads?.() ?? (last === undefined ? [] : [last])
  return {
    title,
    isStill: true,
    content: (
      <>
        {choice}
        <p>The config in force, defaults filled in, secrets hidden.</p>
        <Yaml text={yaml} job={job} request={request} />
        {isWhole ? <OtherJobs yaml={yaml} request={request} /> : null}
        {isWhole ? (
          <ReloadFaults
            reasons={reloads.flatMap(({ reasons }) => reasons)}
            title="What reloads were refused for"
          />
        ) : null}
      </>
    ),
  }
}

/** The two configs there are: the one in force, and the one on disk. */
function Views(props: { readonly request: PageRequest; readonly view: 'force' | 'disk' }): Html {
  const { root } = props.request
  const views = [
    { view: 'force', to: `${root}config`, text: 'In force' },
    { view: 'disk', to: `${root}config?view=disk`, text: 'On disk: what a reload would do' },
  ] as const
  return (
    <nav class="tabs" aria-label="Configs">
      {views.map(({ view, to, text }) => (
        <a href={to} aria-current={view === props.view ? 'page' : undefined}>
          {text}
        </a>
      ))}
    </nav>
  )
}

function rulesOf({ site }: PageRequest, job: string): readonly RuleList[] {
  const { pools } = site.sources
  return [
    { key: 'relabel_configs', places: pools.rulePlaces?.(job) ?? [] },
    { key: 'metric_relabel_configs', places: pools.metricRulePlaces?.(job) ?? [] },
  ]
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
  const anchors: Anchors =
    job === ''
      ? anchorsOfConfig(shown, {
          ofJob: (name) => rulesOf(request, name),
          ofAlertmanagers: request.site.sources.config.alertmanagerRulePlaces?.() ?? [],
        })
      : anchorsOfRules(lines, rulesOf(request, job))
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

/** No more jobs are named. */
const mostJobs = 500

/** The jobs that are not in the YAML of the main file: those of `scrape_config_files`. */
function OtherJobs({
  yaml,
  request,
}: {
  readonly yaml: string
  readonly request: PageRequest
}): Html | null {
  const own = new Set(yaml.split('\n').map(jobIn))
  const others = request.site.sources.pools
    .pools()
    .map(({ name }) => name)
    .filter((name) => !own.has(name))
  if (others.length === 0) return null
  return (
    <section>
      <h2>Jobs of other files</h2>
      <p>Those of scrape_config_files, each with a part of its own:</p>
      <ul class="anchors">
        {others.slice(0, mostJobs).map((name) => (
          <li id={anchorOfJob(name)}>
            <Link to={withQuery(`${request.root}config`, { job: name })} text={name} />
          </li>
        ))}
      </ul>
      {others.length > mostJobs ? <p>and {count(others.length - mostJobs)} more</p> : null}
    </section>
  )
}
