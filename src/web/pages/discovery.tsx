import type { WebContext } from '../context.js'
import type { WebRoute } from '../routes/route.js'
import { PlaceLink } from './place-link.js'
import type { Html } from './html.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { paged, Pager, withQuery } from './paging.js'
import { searched } from './searched.js'
import { Badge, count, Link, Table, Text } from './text.js'

/** How many rules of a job are counted one by one. */
const mostRules = 30

/** `/service-discovery`: what becomes of what is discovered, job by job, and rule by rule for one of them. */
export function discoveryPage(site: Site): WebRoute {
  return pageRoute(site, '/service-discovery', render)
}

async function render(request: PageRequest, c: WebContext): Promise<Page> {
  const { search } = request.site.sources
  const title = 'Discovery'
  if (search === undefined) return { title, content: <p>This muster has no search.</p> }
  const pool = request.query('pool')
  if (pool !== '') return { title, content: await funnel(request, c, pool) }
  const answer = await searched(c, search, {})
  if ('message' in answer) return { title, content: <p class="notice bad">{answer.message}</p> }
  const q = request.query('q') || request.query('search')
  const all = request.site.sources.pools.pools()
  const none = { active: 0, dropped: 0, failed: 0, held: 0, restored: 0 }
  const rows = all
    .filter(({ name }) => name.toLowerCase().includes(q.toLowerCase()))
    .map(({ name }) => ({ name, counts: answer.byPool[name] ?? none }))
    .sort((a, b) => b.counts.failed - a.counts.failed)
  const part = paged(request, rows)
  const content = (
    <>
      <form class="filter" data-live>
        <label>
          Job <input type="search" name="q" value={q} autocomplete="off" />
        </label>
        <button>Find</button>
        <output>
          {count(rows.length)} of {count(all.length)}
        </output>
      </form>
      {rows.length === 0 ? (
        <p>No job is like that.</p>
      ) : (
        <Table
          label="Jobs"
          columns={[
            'Job',
            { name: 'Discovered', numeric: true },
            { name: 'Dropped', numeric: true },
            { name: 'Failed', numeric: true },
            { name: 'Active', numeric: true },
          ]}
        >
          {part.rows.map(({ name, counts }) => (
            <tr>
              <th scope="row">
                <Link
                  to={withQuery(`${request.root}service-discovery`, { pool: name })}
                  text={name}
                />
              </th>
              <td class="n">{count(counts.active + counts.dropped + counts.failed)}</td>
              <td class="n">{count(counts.dropped)}</td>
              <td class="n">
                {counts.failed === 0 ? '0' : <Badge tone="bad">{count(counts.failed)}</Badge>}
              </td>
              <td class="n">
                {counts.active === 0 ? <Badge tone="warn">0</Badge> : count(counts.active)}
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Pager
        path={`${request.root}service-discovery`}
        parameters={{ q }}
        paged={part}
        noun="jobs"
      />
    </>
  )
  return { title, content }
}

/** One stage of the funnel. */
interface Stage {
  readonly what: Html | string
  readonly count: number
  readonly query: Readonly<Record<string, string>>
}

/** What becomes of the targets of one job: dropped by which rule, failed, active. */
async function funnel(request: PageRequest, c: WebContext, pool: string): Promise<Html> {
  const { search, pools } = request.site.sources
  const all = search && (await searched(c, search, { pools: [pool] }))
  if (search === undefined || all === undefined || pools.pool(pool) === undefined) {
    return (
      <p class="notice bad">
        No job is called <Text text={pool} />.
      </p>
    )
  }
  if ('message' in all) return <p class="notice bad">{all.message}</p>
  const places = pools.rulePlaces?.(pool) ?? []
  const dropping: Stage[] = []
  for (const [i, place] of places.slice(0, mostRules).entries()) {
    const q = `rule:${String(i + 1)}`
    const answer = await searched(c, search, { pools: [pool], q })
    if ('message' in answer || answer.matched === 0) continue
    const what = (
      <>
        dropped by rule {String(i + 1)} at{' '}
        <PlaceLink job={pool} place={place} root={request.root} />
      </>
    )
    dropping.push({ what, count: answer.matched, query: { q } })
  }
  const { active, dropped, failed, held } = all.byState
  const rest = dropped - dropping.reduce((sum, one) => sum + one.count, 0)
  const twice = await searched(c, search, { pools: [pool], q: 'dup:' })
  const stages: readonly Stage[] = [
    { what: 'discovered', count: all.total, query: {} },
    ...dropping,
    ...(rest > 0 ? [{ what: 'dropped otherwise', count: rest, query: { state: 'dropped' } }] : []),
    ...(failed > 0 ? [{ what: 'failed', count: failed, query: { state: 'failed' } }] : []),
    { what: 'active', count: active, query: { state: 'active' } },
    ...(held > 0
      ? [{ what: 'of them held by the guard', count: held, query: { state: 'held' } }]
      : []),
    ...('message' in twice || twice.matched === 0
      ? []
      : [{ what: 'the same as another target', count: twice.matched, query: { q: 'dup:' } }]),
  ]
  return (
    <>
      <p>
        <Link to={`${request.root}service-discovery`} text="All jobs" /> · job <Text text={pool} />{' '}
        · <Link to={withQuery(`${request.root}config`, { job: pool })} text="its config" /> ·{' '}
        <Link to={withQuery(`${request.root}providers`, { set: pool })} text="its providers" /> ·{' '}
        <Link to={withQuery(`${request.root}relabel`, { job: pool })} text="try other rules" />
      </p>
      <Table
        label="Funnel"
        columns={['Targets that are', { name: 'Count', numeric: true }, 'Share']}
      >
        {stages.map((stage) => (
          <tr>
            <th scope="row">{stage.what}</th>
            <td class="n">
              <Link
                to={withQuery(`${request.root}targets`, { pool, ...stage.query })}
                text={count(stage.count)}
              />
            </td>
            <td>
              <meter
                min={0}
                max={Math.max(1, all.total)}
                value={stage.count}
                aria-hidden="true"
              ></meter>
            </td>
          </tr>
        ))}
      </Table>
      {places.length > mostRules ? (
        <p>
          The job has {count(places.length)} rules; the first {mostRules} are counted one by one.
        </p>
      ) : null}
    </>
  )
}
