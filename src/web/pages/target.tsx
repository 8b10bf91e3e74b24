import type { Labels } from '../../labels/index.js'
import type { TargetItem } from '../../scrape/search/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { WebContext } from '../context.js'
import type { WebRoute } from '../routes/route.js'
import { PlaceLink } from './place-link.js'
import { EventRows } from './event-rows.js'
import type { Html } from './html.js'
import { Effect, LabelSets } from './labels.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { withQuery } from './paging.js'
import { ruleLine } from './rule-table.js'
import { orFault, untilGone } from './searched.js'
import { reasonOf, Since, stateTones } from './targets.js'
import { Badge, Code, Link, Table, Text } from './text.js'

const mostEvents = 20

/** `/targets/<job>/<id>`: everything of one target. The link holds after a restart, and on every replica. */
export function targetPage(site: Site): WebRoute {
  return pageRoute(site, '/targets/*', render)
}

/** What a rule made of the labels, as the pools explain it. */
interface Step {
  readonly rule: Readonly<Record<string, unknown>>
  readonly output: Labels
  readonly keep: boolean
}

async function render(request: PageRequest, c: WebContext): Promise<Page> {
  const { sources } = request.site
  const named = readPath(c.req.path)
  if (named === undefined || sources.search === undefined) {
    const content = <p>The address of a target is its job and 12 hexadecimal digits.</p>
    return { title: 'No such target', content, status: 404 }
  }
  const { job, id } = named
  const found = await orFault(sources.search.target(job, id, untilGone(c)))
  if (found === undefined) return gone(request, job, id)
  if ('message' in found) return { title: 'Target', content: <p>{found.message}</p> }
  const { item, group } = found
  const discovered = item.discoveredLabels ?? {}
  const steps = await stepsOf(request, job, discovered)
  const address = discovered['__address__'] ?? ''
  const events =
    sources.events?.page({ set: job, address }, { limit: mostEvents }).toReversed() ?? []
  return {
    title: 'Target',
    content: (
      <>
        <Facts item={item} group={group} request={request} />
        <h2>Labels</h2>
        <LabelSets discovered={discovered} final={item.labels} />
        <h2>What each rule does</h2>
        <p>
          <Link
            to={withQuery(`${request.root}relabel`, { job, target: id })}
            text="Try other rules on it"
          />
        </p>
        {typeof steps === 'string' ? (
          <p class="notice bad">{steps}</p>
        ) : (
          <Steps steps={steps} discovered={discovered} job={job} request={request} />
        )}
        <h2>What became of it</h2>
        {events.length === 0 ? (
          <p>No event of this address is kept.</p>
        ) : (
          <EventRows request={request} events={events.map(({ json }) => json)} />
        )}
      </>
    ),
  }
}

function readPath(path: string): { readonly job: string; readonly id: string } | undefined {
  const [, job = '', id = ''] = /^\/targets\/(.+)\/([0-9a-f]{12})$/.exec(path) ?? []
  if (id === '') return undefined
  try {
    return { job: decodeURIComponent(job), id }
  } catch {
    return undefined
  }
}

async function stepsOf(
  { site }: PageRequest,
  job: string,
  labels: Labels,
): Promise<readonly Step[] | string> {
  try {
    return ((await site.sources.pools.relabelSteps(job, labels)) ?? []) as readonly Step[]
  } catch (error) {
    return errorMessage(error)
  }
}

function gone(request: PageRequest, job: string, id: string): Page {
  const { sources } = request.site
  const isJob = sources.pools.pool(job) !== undefined
  const last = sources.events?.page({ set: job, kinds: ['removed'] }, { limit: mostEvents }) ?? []
  return {
    title: 'The target is gone',
    status: 404,
    content: (
      <>
        <p>
          No target of job <Text text={job} /> has the id <code>{id}</code> now: it is not
          discovered any more, or with other labels.
        </p>
        {isJob ? (
          <p>
            <Link
              to={withQuery(`${request.root}targets`, { pool: job })}
              text="The targets of the job"
            />
          </p>
        ) : (
          <p>There is no such job, either.</p>
        )}
        {last.length === 0 ? null : (
          <>
            <h2>What the job lost last</h2>
            <EventRows request={request} events={last.toReversed().map(({ json }) => json)} />
          </>
        )}
      </>
    ),
  }
}

function Facts(props: {
  readonly item: TargetItem
  readonly group: string
  readonly request: PageRequest
}): Html {
  const { item, group, request } = props
  const { root, now } = request
  const reason = reasonOf(item)
  const name = item.scrapeUrl ?? item.discoveredLabels?.['__address__'] ?? '(no address)'
  return (
    <>
      <p class="name">
        <Badge tone={stateTones[item.state]}>{item.state}</Badge> <Code text={name} />
      </p>
      {reason === undefined ? null : (
        <p class={item.state === 'dropped' ? 'notice' : 'notice bad'}>
          <Text text={reason} />
          {item.rule?.place === undefined ? null : (
            <>
              {' '}
              <PlaceLink job={item.pool} place={item.rule.place} root={root} text="see the rule" />
            </>
          )}
        </p>
      )}
      {item.held === true ? (
        <p class="notice warn">
          The guard keeps it: discovery does not name it any more.{' '}
          <a href={`${root}providers#guarded`}>Held sets</a>
        </p>
      ) : null}
      {item.restored === true ? (
        <p class="notice warn">It is from before the start: no live answer has come yet.</p>
      ) : null}
      <dl class="facts">
        <dt>Job</dt>
        <dd>
          <Link to={withQuery(`${root}targets`, { pool: item.pool })} text={item.pool} />
        </dd>
        <dt>Found by</dt>
        <dd>
          <Link to={withQuery(`${root}providers`, { q: item.provider })} text={item.provider} />
          {group === '' ? null : (
            <>
              , in group <Code text={group} />
            </>
          )}
        </dd>
        {item.since === undefined ? null : (
          <>
            <dt>Since</dt>
            <dd>
              <Since item={item} now={now} />
            </dd>
          </>
        )}
      </dl>
    </>
  )
}

function Steps(props: {
  readonly steps: readonly Step[]
  readonly discovered: Labels
  readonly job: string
  readonly request: PageRequest
}): Html {
  const { steps, discovered, job, request } = props
  const places = request.site.sources.pools.rulePlaces?.(job) ?? []
  if (steps.length === 0) return <p>The job has no rules.</p>
  return (
    <Table label="Rules" columns={['Rule', 'What it is', 'What it does']}>
      {steps.map(({ rule, output, keep }, i) => (
        <tr>
          <th scope="row">
            {String(i + 1)}{' '}
            {places[i] === undefined ? null : (
              <PlaceLink job={job} place={places[i]} root={request.root} />
            )}
          </th>
          <td>
            <Code text={ruleLine(rule)} />
          </td>
          <td>
            {keep ? (
              <Effect before={steps[i - 1]?.output ?? discovered} after={output} />
            ) : (
              <Badge tone="bad">drops the target</Badge>
            )}
          </td>
        </tr>
      ))}
    </Table>
  )
}
