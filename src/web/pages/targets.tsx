import type { Labels } from '../../labels/index.js'
import { rowMarks, rowStates, type TargetItem } from '../../scrape/search/index.js'
import type { WebContext } from '../context.js'
import type { WebRoute } from '../routes/route.js'
import { inPath } from './health.js'
import type { Html } from './html.js'
import { labelLine, tellingLabels } from './labels.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { pageLength, Pager, withQuery } from './paging.js'
import { type SearchFault, searched } from './searched.js'
import { Badge, Code, count, Link, Text, Time, type Tone } from './text.js'

const states = [...rowStates, ...rowMarks]
type State = (typeof states)[number]

export const stateTones: Readonly<Record<TargetItem['state'], Tone>> = {
  active: 'good',
  dropped: 'idle',
  failed: 'bad',
}

/** What is asked for, by the parameters of the page or by those of Prometheus and vmagent. */
interface Query {
  readonly q: string
  readonly pool: string
  readonly state: string
  readonly group: string
  readonly sort: string
}

/** `/targets`: every target of every job, found by the server. */
export function targetsPage(site: Site): WebRoute {
  return pageRoute(site, '/targets', render)
}

async function render(request: PageRequest, c: WebContext): Promise<Page> {
  const { search } = request.site.sources
  const title = 'Targets'
  if (search === undefined) return { title, content: <p>This muster has no search.</p> }
  const asked = readQuery(request)
  const { q, pool, group, sort } = asked
  const state = states.find((one) => one === asked.state)
  const offset = offsetOf(request.query('offset'))
  const started = performance.now()
  const answer = await searched(c, search, {
    q,
    pools: pool === '' ? [] : [pool],
    states: state === undefined ? [] : [state],
    sort,
    offset,
    limit: pageLength,
    ...(group !== '' && { group }),
  })
  const form = (
    fault: SearchFault | undefined,
    found: string,
    byState: Readonly<Record<State, number>> | undefined,
  ): Html => (
    <SearchForm request={request} query={asked} fault={fault} found={found} byState={byState} />
  )
  if ('message' in answer) return { title, content: form(answer, '', undefined) }
  const took = Math.round(performance.now() - started)
  const found = `${count(answer.matched)} of ${count(answer.total)} in ${count(took)} ms`
  const rows = answer.groups ?? answer.items
  const total = answer.matchedGroups ?? answer.matched
  return {
    title,
    content: (
      <>
        {form(undefined, found, answer.byState)}
        {rows.length === 0 ? <p>No target is like that.</p> : null}
        {answer.groups === undefined ? (
          <Rows request={request} items={answer.items} offset={offset} matched={answer.matched} />
        ) : (
          <Groups groups={answer.groups} query={asked} root={request.root} />
        )}
        <Pager
          path={`${request.root}targets`}
          parameters={{ ...asked }}
          paged={{ rows, offset, total }}
          noun={answer.groups === undefined ? 'targets' : 'values'}
        />
        <Exports query={asked} root={request.root} />
      </>
    ),
  }
}

function readQuery({ query }: PageRequest): Query {
  const words = [query('q'), query('search'), query('endpoint_search'), query('label_search')]
  return {
    q: words.filter((text) => text !== '').join(' '),
    pool: query('pool') || query('scrapePool'),
    state: query('state'),
    group: query('group'),
    sort: query('sort'),
  }
}

function offsetOf(text: string): number {
  return /^\d{1,7}$/.test(text) ? Number(text) : 0
}

function SearchForm(props: {
  readonly request: PageRequest
  readonly query: Query
  readonly fault: SearchFault | undefined
  readonly found: string
  readonly byState: Readonly<Record<State, number>> | undefined
}): Html {
  const { request, query, fault, found, byState } = props
  const ignored = ['health', 'show_only_unhealthy'].filter((name) => request.query(name) !== '')
  return (
    <>
      <form class="filter" data-live>
        <label class="wide">
          Search{' '}
          <input
            type="search"
            name="q"
            value={query.q}
            autocomplete="off"
            spellcheck={false}
            placeholder='web 10.0.0.7 -test env="prod" rule:3'
            aria-describedby="query-fault"
          />
        </label>
        <label>
          Job <input type="search" name="pool" value={query.pool} autocomplete="off" />
        </label>
        <label>
          State{' '}
          <select name="state">
            <option value="">all</option>
            {states.map((state) => (
              <option value={state} selected={state === query.state}>
                {state}
                {byState === undefined ? '' : ` (${count(byState[state])})`}
              </option>
            ))}
          </select>
        </label>
        <label>
          Group by <input name="group" value={query.group} autocomplete="off" placeholder="label" />
        </label>
        <label>
          Sort by{' '}
          <input name="sort" value={query.sort} autocomplete="off" placeholder="address, -label" />
        </label>
        <button>Find</button>
        <output>{found}</output>
      </form>
      <div id="query-fault" role="alert" data-fault={fault === undefined ? undefined : true}>
        {fault === undefined ? null : <Fault fault={fault} q={query.q} />}
      </div>
      {ignored.length === 0 ? null : (
        <p class="notice">
          <code>{ignored.join(', ')}</code> says nothing here: muster finds targets, and does not
          scrape them.
        </p>
      )}
    </>
  )
}

/** Where a query is wrong, and why. */
function Fault({ fault, q }: { readonly fault: SearchFault; readonly q: string }): Html {
  const { at, message } = fault
  return (
    <div class="notice bad">
      {at === undefined ? null : (
        <p>
          <Code text={q.slice(0, at.from)} />
          <mark>
            <Code text={q.slice(at.from, Math.max(at.to, at.from + 1)) || '…'} />
          </mark>
          <Code text={q.slice(Math.max(at.to, at.from + 1))} />
        </p>
      )}
      <p>
        <Text text={message} />
      </p>
    </div>
  )
}

function Rows(props: {
  readonly request: PageRequest
  readonly items: readonly TargetItem[]
  readonly offset: number
  readonly matched: number
}): Html | null {
  const { request, items, offset, matched } = props
  if (items.length === 0) return null
  const telling = new Map<string, ReadonlySet<string>>()
  for (const { pool } of items) {
    if (telling.has(pool)) continue
    telling.set(pool, tellingLabels(items.filter((one) => one.pool === pool).map(labelsOf)))
  }
  return (
    <div class="scroll" role="region" aria-label="Targets" tabindex={0}>
      <table class="rows" aria-rowcount={matched + 1}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="state">
              State
            </th>
            <th scope="col" class="address">
              Target
            </th>
            <th scope="col" class="job">
              Job
            </th>
            <th scope="col">Labels, or why there is no target</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item, i) => (
            <Row
              item={item}
              index={offset + i + 2}
              request={request}
              telling={telling.get(item.pool) ?? new Set()}
            />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function labelsOf({ labels, discoveredLabels = {} }: TargetItem): Labels {
  return labels ?? discoveredLabels
}

/** Where the page of one target is. */
export function targetPath(root: string, job: string, id: string): string {
  return `${root}targets/${inPath(job)}/${id}`
}

function Row(props: {
  readonly item: TargetItem
  readonly index: number
  readonly request: PageRequest
  readonly telling: ReadonlySet<string>
}): Html {
  const { item, index, request, telling } = props
  const { state, pool, id, scrapeUrl, discoveredLabels = {} } = item
  const name = scrapeUrl ?? discoveredLabels['__address__'] ?? '(no address)'
  return (
    <tr aria-rowindex={index}>
      <td>
        <Badge tone={stateTones[state]}>{item.held ? 'held' : state}</Badge>
      </td>
      <th scope="row">
        <Link to={targetPath(request.root, pool, id)} text={name} />
      </th>
      <td>
        <Text text={pool} />
      </td>
      <td class="mono">
        <Text text={reasonOf(item) ?? labelLine(labelsOf(item), telling)} />
      </td>
    </tr>
  )
}

/** Why a target is not there, in a line; undefined for one that is. */
export function reasonOf({ state, rule, error }: TargetItem): string | undefined {
  if (state === 'active') return error
  if (rule === undefined) return error ?? 'it has no labels left'
  const place = rule.place === undefined ? '' : ` at ${rule.place}`
  return `dropped by rule ${String(rule.number)}${place} (${rule.action})`
}

function Groups(props: {
  readonly groups: readonly { readonly value: string; readonly count: number }[]
  readonly query: Query
  readonly root: string
}): Html {
  const { groups, query, root } = props
  const narrowed = (value: string): string =>
    query.group === 'job'
      ? withQuery(`${root}targets`, { ...query, group: '', pool: value })
      : withQuery(`${root}targets`, {
          ...query,
          group: '',
          q: `${query.q} ${query.group}=${JSON.stringify(value)}`.trim(),
        })
  return (
    <div class="scroll" role="region" aria-label="Values" tabindex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">
              <Text text={query.group} />
            </th>
            <th scope="col" class="n">
              Targets
            </th>
          </tr>
        </thead>
        <tbody>
          {groups.map(({ value, count: targets }) => (
            <tr>
              <th scope="row">
                <Link to={narrowed(value)} text={value === '' ? '(none)' : value} />
              </th>
              <td class="n">{count(targets)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The same search for programs. */
function Exports({ query, root }: { readonly query: Query; readonly root: string }): Html {
  const { q, pool, state, sort } = query
  return (
    <p class="hint">
      This search as{' '}
      <Link
        to={withQuery(`${root}api/v1/targets/search`, { q, pool, state, sort, limit: 500 })}
        text="JSON"
      />
      {pool === '' ? null : (
        <>
          ; the job for Prometheus: <Link to={`${root}http_sd/${inPath(pool)}`} text="http_sd" />
        </>
      )}
    </p>
  )
}

/** When a target became what it is. */
export function Since({
  item,
  now,
}: {
  readonly item: TargetItem
  readonly now: number
}): Html | null {
  return item.since === undefined ? null : <Time at={Date.parse(item.since)} now={now} />
}
