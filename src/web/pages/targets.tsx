import type { Labels } from '../../labels/index.js'
import { visibleLine } from '../../go/visible.js'
import {
  rowMarks,
  rowStates,
  type SearchRequest,
  type TargetItem,
  type TargetSearch,
} from '../../scrape/search/index.js'
import type { WebContext } from '../context.js'
import { replyText, replyWhole, textPlain } from '../reply/reply.js'
import type { WebRoute } from '../routes/route.js'
import { mostDownloaded } from '../routes/search.js'
import { inPath } from './health.js'
import type { Html } from './html.js'
import { labelLine, tellingLabels } from './labels.js'
import { type Page, pageRequest, type PageRequest, replyPage, type Site } from './page.js'
import { pageLength, Pager, withQuery } from './paging.js'
import { PlaceLink } from './place-link.js'
import { type SearchFault, searched } from './searched.js'
import { Badge, Code, count, Link, Text, Time, type Tone } from './text.js'

/** How many labels have their values counted, and how many lines a terminal gets at a time. */
const mostFacets = 5
const mostLines = 500

interface ValueCount {
  readonly value: string
  readonly count: number
}

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
  /** Whether the commonest values of labels are counted: empty, or not. */
  readonly values: string
}

/** `/targets`: every target of every job, found by the server. */
export function targetsPage(site: Site): WebRoute {
  const path = '/targets'
  return {
    methods: ['GET'],
    path,
    handle: async (c) => {
      const request = pageRequest(site, c)
      c.header('Vary', 'Accept', { append: true })
      const accepted = c.req.header('Accept') ?? ''
      const isText = accepted.includes('text/plain') && !accepted.includes('text/html')
      const { search } = site.sources
      return isText && search !== undefined
        ? await replyLines(request, c, search)
        : await replyPage(c, request, path, await render(request, c))
    },
  }
}

/** A line a target, for a terminal. */
async function replyLines(
  request: PageRequest,
  c: WebContext,
  search: TargetSearch,
): Promise<Response> {
  const offset = offsetOf(request.query('offset'))
  const answer = await searched(c, search, {
    ...wantedOf(readQuery(request)),
    offset,
    limit: mostLines,
  })
  if ('message' in answer) return replyText(c, 400, `${visibleLine(answer.message)}\n`)
  const lines = answer.items.map(lineOf)
  const end = offset + lines.length
  if (end < answer.matched) {
    lines.push(
      `# ${String(end)} of ${String(answer.matched)}; the next ones: offset=${String(end)}`,
    )
  }
  return await replyWhole(c, lines.map((line) => `${line}\n`).join(''), textPlain)
}

function lineOf(item: TargetItem): string {
  const { state, pool, scrapeUrl, discoveredLabels = {} } = item
  const endpoint = scrapeUrl ?? discoveredLabels['__address__'] ?? ''
  const reason = reasonOf(item)
  const why = reason === undefined ? '' : `, error=${JSON.stringify(reason)}`
  const labels = labelLine(labelsOf(item), new Set())
  return visibleLine(
    `state=${state}, job=${JSON.stringify(pool)}, endpoint=${endpoint}, labels={${labels}}${why}`,
  )
}

/** What the search is asked for. */
function wantedOf({
  q,
  pool,
  sort,
  ...query
}: Query): Pick<SearchRequest, 'q' | 'pools' | 'states' | 'sort'> {
  const state = states.find((one) => one === query.state)
  return { q, sort, pools: pool === '' ? [] : [pool], states: state === undefined ? [] : [state] }
}

async function render(request: PageRequest, c: WebContext): Promise<Page> {
  const { search } = request.site.sources
  const title = 'Targets'
  if (search === undefined) return { title, content: <p>This muster has no search.</p> }
  const asked = readQuery(request)
  const { group } = asked
  const offset = offsetOf(request.query('offset'))
  const started = performance.now()
  const answer = await searched(c, search, {
    ...wantedOf(asked),
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
  const facets = asked.values === '' ? {} : await facetsOf(c, search, asked, answer.items)
  const rows = answer.groups ?? answer.items
  const total = answer.matchedGroups ?? answer.matched
  return {
    title,
    content: (
      <>
        {form(undefined, found, answer.byState)}
        {Object.entries(facets).map(([label, values]) => (
          <Facet label={label} values={values} query={asked} root={request.root} />
        ))}
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
        <Exports query={asked} root={request.root} matched={answer.matched} />
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
    values: query('values'),
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
        <label>
          <input type="checkbox" name="values" value="on" checked={query.values !== ''} /> Values
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
    <div
      class="scroll window"
      role="region"
      aria-label="Targets"
      tabindex={0}
      data-window={offset}
      data-total={matched}
    >
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
            <th scope="col" class="copies">
              Copy
            </th>
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
    <tr id={`t${id}`} aria-rowindex={index}>
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
        {item.rule?.place === undefined ? (
          <Text text={reasonOf(item) ?? labelLine(labelsOf(item), telling)} most={mostInRow} />
        ) : (
          <>
            dropped by rule {item.rule.number} at{' '}
            <PlaceLink job={pool} place={item.rule.place} root={request.root} /> ({item.rule.action}
            )
          </>
        )}
      </td>
      <td>
        <CopyButton what="address" text={discoveredLabels['__address__'] ?? name} />{' '}
        <CopyButton what="labels" text={`{${labelLine(labelsOf(item), telling)}}`} />
      </td>
    </tr>
  )
}

/** No row is wide enough for more characters of its labels. */
const mostInRow = 160

/** More than this is copied from the page of the target. */
const mostCopied = 1000

function CopyButton({ what, text }: { readonly what: string; readonly text: string }): Html | null {
  return text.length > mostCopied ? null : (
    <button type="button" class="copy" data-copy={text} aria-label={`copy ${what}`}>
      {what}
    </button>
  )
}

/** The commonest values of the job and of the labels that tell these targets from each other. */
async function facetsOf(
  c: WebContext,
  search: TargetSearch,
  query: Query,
  items: readonly TargetItem[],
): Promise<Readonly<Record<string, readonly ValueCount[]>>> {
  const telling = [...tellingLabels(items.map(labelsOf))]
  const labels = ['job', ...telling.filter((name) => !/^(?:__.*|job|instance)$/.test(name))]
  const facets = labels.slice(0, mostFacets)
  const answer = await searched(c, search, { ...wantedOf(query), facets })
  return 'message' in answer ? {} : answer.facets
}

function Facet(props: {
  readonly label: string
  readonly values: readonly ValueCount[]
  readonly query: Query
  readonly root: string
}): Html {
  const { label, values, query, root } = props
  return (
    <p class="facet">
      <Code text={label} />
      {values.map(({ value, count: targets }) => (
        <>
          {' '}
          <Link to={narrowedTo(root, query, label, value)} text={value === '' ? '(none)' : value} />{' '}
          <small>{count(targets)}</small>
        </>
      ))}
    </p>
  )
}

/** The page with only the targets that have this value. */
function narrowedTo(root: string, query: Query, label: string, value: string): string {
  return label === 'job'
    ? withQuery(`${root}targets`, { ...query, group: '', pool: value })
    : withQuery(`${root}targets`, {
        ...query,
        group: '',
        q: `${query.q} ${label}=${JSON.stringify(value)}`.trim(),
      })
}

/** Why a target is not there, in a line; undefined for one that is. */
export function reasonOf({ state, rule, error }: TargetItem): string | undefined {
  if (state === 'active') return error
  if (rule === undefined) return error ?? 'it has no labels left'
  const place = rule.place === undefined ? '' : ` at ${rule.place}`
  return `dropped by rule ${String(rule.number)}${place} (${rule.action})`
}

function Groups(props: {
  readonly groups: readonly ValueCount[]
  readonly query: Query
  readonly root: string
}): Html {
  const { groups, query, root } = props
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
                <Link
                  to={narrowedTo(root, query, query.group, value)}
                  text={value === '' ? '(none)' : value}
                />
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
function Exports(props: {
  readonly query: Query
  readonly root: string
  readonly matched: number
}): Html {
  const { query, root, matched } = props
  const { q, pool, state, sort } = query
  const to = withQuery(`${root}api/v1/targets/search`, { q, pool, state, sort, limit: 500 })
  const file = (format: string): string =>
    withQuery(`${root}api/v1/targets/download`, { q, pool, state, sort, format })
  const isCut = matched > mostDownloaded
  return (
    <p>
      Download {isCut ? `the first ${count(mostDownloaded)}` : 'these targets'} as{' '}
      <Link to={file('csv')} text="CSV" /> or <Link to={file('json')} text="JSON" />; this search
      for programs: <Link to={to} text="API" />{' '}
      <span class="copy">
        or{' '}
        <button type="button" data-curl={to}>
          copy curl
        </button>
      </span>
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
