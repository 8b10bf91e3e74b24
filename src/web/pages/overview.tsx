import type { Html } from './html.js'
import type { ProviderState } from '../../discovery/provider/provider-status.js'
import type { WebRoute } from '../routes/route.js'
import type { PoolView } from '../sources.js'
import { guardsOf, inPath, providersOf, toneOf, worstBySet } from './health.js'
import { pageRoute, type PageRequest, type Site } from './page.js'
import { paged, Pager, withQuery } from './paging.js'
import { Badge, count, Link, Table, type Tone } from './text.js'
import { Troubles } from './trouble.js'

/** `/`: how much there is, what is wrong, and every job, those in trouble first. */
export function overviewPage(site: Site): WebRoute {
  return pageRoute(site, '/', (request) => ({
    title: 'Overview',
    content: <Overview request={request} />,
  }))
}

function Overview({ request }: { readonly request: PageRequest }): Html {
  const { sources } = request.site
  const pools = sources.pools.pools()
  const providers = providersOf(sources)
  const held = guardsOf(sources).reduce((sum, { heldTargets }) => sum + heldTargets, 0)
  const sum = (of: (pool: PoolView) => number): number =>
    pools.reduce((all, one) => all + of(one), 0)
  const bad = providers.filter(({ state }) => toneOf[state] === 'bad').length
  return (
    <>
      <dl class="numbers">
        <Figure name="Jobs" value={pools.length} />
        <Figure name="Active targets" value={sum(({ activeCount }) => activeCount)} />
        <Figure name="Dropped by rules" value={sum(({ droppedCount }) => droppedCount)} />
        <Figure name="Held by the guard" value={held} tone={held > 0 ? 'warn' : undefined} />
        <Figure
          name="Failing providers"
          value={bad}
          of={providers.length}
          tone={bad > 0 ? 'bad' : undefined}
        />
      </dl>
      <Changes request={request} />
      <Troubles request={request} providers={providers} />
      <Jobs request={request} pools={pools} worst={worstBySet(providers)} />
    </>
  )
}

/** The height of the tallest bar, in units of the drawing. */
const barHeight = 24

/** How many targets came and went in each of the last minutes: bars up and down, and the sums as text. */
function Changes({ request }: { readonly request: PageRequest }): Html | null {
  const minutes = request.site.sources.events?.minutes(request.now)
  if (minutes === undefined) return null
  const most = Math.max(1, ...minutes.flatMap(({ added, removed }) => [added, removed]))
  const height = (count: number): number =>
    count === 0 ? 0 : Math.max(1, Math.round((count / most) * barHeight))
  const sum = (of: 'added' | 'removed'): string =>
    count(minutes.reduce((all, one) => all + one[of], 0))
  const [added, removed] = [sum('added'), sum('removed')]
  return (
    <p class="changes">
      <svg
        viewBox={`0 0 ${String(minutes.length * 10)} ${String(2 * barHeight + 1)}`}
        role="img"
        aria-label={`Targets that came and went in each of the last ${String(minutes.length)} minutes`}
      >
        {minutes.map((one, i) => (
          <g>
            <title>
              {`${new Date(one.at).toISOString().slice(11, 16)} UTC: ${count(one.added)} came, ${count(one.removed)} went`}
            </title>
            <rect class="came" {...bar(i, barHeight - height(one.added), height(one.added))} />
            <rect class="went" {...bar(i, barHeight + 1, height(one.removed))} />
          </g>
        ))}
        <line x1="0" x2={minutes.length * 10} y1={barHeight + 0.5} y2={barHeight + 0.5} />
      </svg>{' '}
      In the last {minutes.length} minutes <a href={`${request.root}events?kind=added`}>{added}</a>{' '}
      came and <a href={`${request.root}events?kind=removed`}>{removed}</a> went
    </p>
  )
}

function bar(i: number, y: number, height: number): Readonly<Record<string, number>> {
  return { x: i * 10 + 1, width: 8, y, height }
}

function Figure(props: {
  readonly name: string
  readonly value: number
  readonly of?: number
  readonly tone?: Tone | undefined
}): Html {
  return (
    <div class={props.tone ?? ''}>
      <dt>{props.name}</dt>
      <dd>
        {count(props.value)}
        {props.of === undefined ? null : <small> of {count(props.of)}</small>}
      </dd>
    </div>
  )
}

/** One job, and how it stands. */
interface JobRow {
  readonly pool: PoolView
  /** Undefined where the job has no provider. */
  readonly worst: ProviderState | undefined
  readonly rank: number
}

function Jobs(props: {
  readonly request: PageRequest
  readonly pools: readonly PoolView[]
  readonly worst: ReadonlyMap<string, ProviderState>
}): Html {
  const { request, pools, worst } = props
  const q = request.query('q')
  const rows = pools
    .filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()))
    .map((pool): JobRow => {
      const state = worst.get(pool.name)
      return { pool, worst: state, rank: rankOf(pool, state) }
    })
    .sort((a, b) => a.rank - b.rank)
  const part = paged(request, rows)
  return (
    <section>
      <h2 id="jobs">Jobs</h2>
      {pools.length === 0 ? (
        <p>No job is configured: scrape_configs of the config is empty.</p>
      ) : (
        <>
          <form class="filter" data-live>
            <label>
              Job <input type="search" name="q" value={q} autocomplete="off" />
            </label>
            <button>Find</button>
            <output>
              {count(rows.length)} of {count(pools.length)}
            </output>
          </form>
          <Table
            label="Jobs"
            columns={[
              'Job',
              'Providers',
              { name: 'Active', numeric: true },
              { name: 'Dropped', numeric: true },
              'For Prometheus',
            ]}
          >
            {part.rows.map((row) => (
              <Job row={row} root={request.root} />
            ))}
          </Table>
          <Pager path={request.root} parameters={{ q }} paged={part} noun="jobs" />
        </>
      )}
    </section>
  )
}

/** Jobs in trouble come first, then those without a target. */
function rankOf(pool: PoolView, worst: ProviderState | undefined): number {
  if (worst !== undefined && toneOf[worst] === 'bad') return 0
  if (worst !== undefined && toneOf[worst] === 'warn') return 1
  return pool.activeCount === 0 ? 2 : 3
}

function Job({ row, root }: { readonly row: JobRow; readonly root: string }): Html {
  const { name, activeCount, droppedCount } = row.pool
  const sd = `${root}http_sd/${inPath(name)}`
  return (
    <tr>
      <th scope="row">
        <Link to={withQuery(`${root}targets`, { pool: name })} text={name} />
      </th>
      <td>
        <Badge tone={row.worst === undefined ? 'idle' : toneOf[row.worst]}>
          <Link to={withQuery(`${root}providers`, { set: name })} text={row.worst ?? 'none'} />
        </Badge>
      </td>
      <td class="n">{activeCount === 0 ? <Badge tone="warn">0</Badge> : count(activeCount)}</td>
      <td class="n">{count(droppedCount)}</td>
      <td>
        <Link to={sd} text="http_sd" /> <Link to={`${sd}?stage=raw`} text="raw" />
      </td>
    </tr>
  )
}
