import type { Html } from './html.js'
import { actionRoute, type WebRoute } from '../routes/route.js'
import type { WebContext } from '../context.js'
import { replyText } from '../reply/reply.js'
import {
  guardsOf,
  type ManagerName,
  managers,
  type NamedGuard,
  type NamedProvider,
  providersOf,
  toneOf,
} from './health.js'
import { pageRoute, type PageRequest, type Site } from './page.js'
import { paged, Pager, withQuery } from './paging.js'
import {
  Badge,
  Code,
  count,
  counted,
  Link,
  longestAddress,
  Table,
  Text,
  Time,
  wrapped,
} from './text.js'

/** What the filter of states offers, and what each means. */
const stateFilters: Readonly<Record<string, (one: NamedProvider) => boolean>> = {
  failing: ({ state }) => toneOf[state] === 'bad',
  starting: ({ state }) => state === 'starting',
  restored: ({ staleSince }) => staleSince !== undefined,
  running: ({ state }) => state === 'running',
  stopped: ({ state }) => state === 'stopped',
}

/** `/providers`: how discovery itself is doing, and the sets that keep what is not discovered any more. */
export function providersPage(site: Site): readonly WebRoute[] {
  return [
    pageRoute(site, '/providers', (request) => ({
      title: 'Providers',
      content: <Providers request={request} />,
    })),
    guardAction(site, 'freeze'),
    guardAction(site, 'accept'),
  ]
}

/** The buttons of the page: does it, and leads back. */
function guardAction(site: Site, action: 'freeze' | 'accept'): WebRoute {
  const { discovery } = site.sources
  return actionRoute(`/providers/${action}`, site.actions, (c: WebContext) => {
    const manager = managers.find((name) => name === c.req.query('manager'))
    const set = c.req.query('set')
    if (manager === undefined || set === undefined || !discovery[manager].sets().has(set)) {
      return replyText(c, 404, 'There is no such set any more: go back and reload the page.\n')
    }
    discovery[manager][action](set)
    return c.redirect('../providers#guarded', 303)
  })
}

function Providers({ request }: { readonly request: PageRequest }): Html {
  const { query } = request
  const filter = { q: query('q'), set: query('set'), state: query('state') }
  const all = providersOf(request.site.sources)
  const rows = all.filter((one) => isWanted(one, filter))
  const part = paged(request, rows)
  return (
    <>
      <form class="filter" data-live>
        <label>
          Name or error <input type="search" name="q" value={filter.q} autocomplete="off" />
        </label>
        <label>
          Job <input type="search" name="set" value={filter.set} autocomplete="off" />
        </label>
        <label>
          State{' '}
          <select name="state">
            <option value="">all</option>
            {Object.keys(stateFilters).map((state) => (
              <option value={state} selected={state === filter.state}>
                {state}
              </option>
            ))}
          </select>
        </label>
        <button>Find</button>
        <output>
          {count(rows.length)} of {counted(all.length, 'provider')}
        </output>
      </form>
      {all.length === 0 ? <p>The config names nothing that finds targets.</p> : null}
      {all.length > 0 && rows.length === 0 ? <p>No provider is like that.</p> : null}
      {rows.length === 0 ? null : (
        <Table
          label="Providers"
          columns={[
            'Provider',
            'State',
            'Last answer',
            'Next try',
            { name: 'Targets', numeric: true },
            { name: 'Groups', numeric: true },
            { name: 'Requests', numeric: true },
            'Jobs',
          ]}
        >
          {part.rows.map((one) => (
            <Provider one={one} request={request} />
          ))}
        </Table>
      )}
      <Pager path={`${request.root}providers`} parameters={filter} paged={part} noun="providers" />
      <Guarded request={request} />
    </>
  )
}

function isWanted(
  one: NamedProvider,
  filter: { readonly q: string; readonly set: string; readonly state: string },
): boolean {
  const q = filter.q.toLowerCase()
  const texts = [one.name, one.mechanism, one.lastError?.message ?? '']
  if (!texts.some((text) => text.toLowerCase().includes(q))) return false
  if (filter.set !== '' && !one.sets.includes(filter.set)) return false
  return stateFilters[filter.state]?.(one) ?? true
}

function Provider(props: { readonly one: NamedProvider; readonly request: PageRequest }): Html {
  const { one, request } = props
  const { now, root } = request
  const { lastError } = one
  const isBad = toneOf[one.state] === 'bad'
  return (
    <>
      <tr class={isBad ? 'with-detail' : ''}>
        <th scope="row">
          <Code text={one.name} />
          {one.manager === 'notify' ? <small> for Alertmanagers</small> : null}
        </th>
        <td>
          <Badge tone={toneOf[one.state]}>{one.state}</Badge>
          {one.staleSince === undefined ? null : (
            <small>
              {' '}
              targets from <Time at={one.staleSince} now={now} />
            </small>
          )}
        </td>
        <td>{one.lastSuccess === undefined ? 'never' : <Time at={one.lastSuccess} now={now} />}</td>
        <td>{one.nextTry === undefined ? '' : <Time at={one.nextTry} now={now} />}</td>
        <td class="n">{count(one.targets)}</td>
        <td class="n">{count(one.groups)}</td>
        <td class="n">{count(one.requests)}</td>
        <td>
          <SetLinks sets={one.sets} root={root} manager={one.manager} />
        </td>
      </tr>
      {lastError === undefined ? null : (
        <tr class="detail">
          <td colspan={8}>
            <div class={isBad ? 'message bad' : 'message'}>
              <strong>
                {isBad
                  ? `${counted(one.consecutiveFailures, 'failure')} in a row`
                  : `${counted(one.failures, 'failure')} so far`}
                , the last <Time at={lastError.at} now={now} />, <Code text={lastError.kind} />
              </strong>
              <br />
              {wrapped(lastError.message)}
            </div>
          </td>
        </tr>
      )}
    </>
  )
}

/** More sets than these are counted. */
const mostSets = 3

function SetLinks(props: {
  readonly sets: readonly string[]
  readonly root: string
  readonly manager: ManagerName
}): Html {
  const { sets, root, manager } = props
  const more = sets.length - mostSets
  return (
    <>
      {sets.slice(0, mostSets).map((set, i) => (
        <>
          {i > 0 ? ', ' : ''}
          {manager === 'notify' ? (
            <Text text={set} />
          ) : (
            <Link to={withQuery(root, { q: set })} text={set} />
          )}
        </>
      ))}
      {more > 0 ? ` and ${count(more)} more` : ''}
    </>
  )
}

/** The sets that keep targets which are not discovered any more, and what can be done about it. */
function Guarded({ request }: { readonly request: PageRequest }): Html {
  const { site, now } = request
  const guards = guardsOf(site.sources)
  return (
    <section>
      <h2 id="guarded">Held and frozen sets</h2>
      <p>
        A set that is held or frozen keeps its targets though discovery does not name them any more.
        Accepting believes discovery again.
      </p>
      {guards.length === 0 ? <p>No set is held or frozen.</p> : null}
      {guards.length === 0 ? null : (
        <Table
          label="Held and frozen sets"
          columns={['Set', 'State', { name: 'Held targets', numeric: true }, 'Since', 'Accept']}
        >
          {guards.map((guard) => (
            <tr>
              <th scope="row">
                <Text text={guard.set} />
              </th>
              <td>
                <Badge tone="warn">{guard.isFrozen ? 'frozen' : 'held'}</Badge>
              </td>
              <td class="n">{count(guard.heldTargets)}</td>
              <td>{guard.since === undefined ? '' : <Time at={guard.since} now={now} />}</td>
              <td>
                <GuardButton site={site} root={request.root} action="accept" guard={guard} />
              </td>
            </tr>
          ))}
        </Table>
      )}
      <Freeze request={request} />
    </section>
  )
}

function GuardButton(props: {
  readonly site: Site
  readonly root: string
  readonly action: 'freeze' | 'accept'
  readonly guard: Pick<NamedGuard, 'manager' | 'set'>
}): Html {
  const { site, root, action, guard } = props
  const set = guard.set
  const to = withQuery(`${root}providers/${action}`, { manager: guard.manager, set })
  const word = action === 'accept' ? 'Accept' : 'Freeze'
  if (to.length > longestAddress) return <>only over the API: its name is too long</>
  return site.actions.enabled ? (
    <form method="post" action={to}>
      <button>
        {word} <Text text={guard.set} />
      </button>
    </form>
  ) : (
    <>needs --web.enable-lifecycle</>
  )
}

/** Freezing takes two steps: naming the set, then doing it. */
function Freeze({ request }: { readonly request: PageRequest }): Html {
  const { site, root } = request
  const set = request.query('freeze')
  if (!site.actions.enabled) {
    return (
      <p>
        Start muster with <code>--web.enable-lifecycle</code> to freeze and accept here.
      </p>
    )
  }
  const manager = managers.find((name) => site.sources.discovery[name].sets().has(set))
  return (
    <>
      <form class="filter" action={`${root}providers#guarded`}>
        <label>
          Freeze the set of job <input name="freeze" value={set} autocomplete="off" required />
        </label>
        <button>Continue</button>
      </form>
      {set !== '' && manager === undefined ? (
        <p class="notice bad">
          No job is called <Code text={set} />.
        </p>
      ) : null}
      {manager === undefined ? null : (
        <div class="notice warn">
          <p>
            From now on no target of <Code text={set} /> goes, until the set is accepted. New ones
            still come.
          </p>
          <GuardButton site={site} root={root} action="freeze" guard={{ manager, set }} />
        </div>
      )}
    </>
  )
}
