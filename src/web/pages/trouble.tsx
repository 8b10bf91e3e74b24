import type { Html } from './html.js'
import { inPath, guardsOf, type NamedProvider } from './health.js'
import { withQuery } from './paging.js'
import type { PageRequest } from './page.js'
import { Badge, count, counted, Link, Text, Time, type Tone, wrapped } from './text.js'

/** No more of one kind are named; the rest is counted, with a link. */
const mostNamed = 10

interface Trouble {
  readonly tone: Tone
  readonly word: string
  readonly what: Html
}

/** What is wrong now, the worst first; says so when nothing is. */
export function Troubles(props: {
  readonly request: PageRequest
  readonly providers: readonly NamedProvider[]
}): Html {
  const { request, providers } = props
  const troubles = [
    ...failing(request, providers),
    ...guarded(request),
    ...alertmanagers(request),
    ...restored(request, providers),
    ...waiting(request, providers),
    ...inexact(request),
  ]
  return (
    <section>
      <h2 id="troubles">What is wrong</h2>
      {troubles.length === 0 ? (
        <p id="all-well">
          <Badge tone="good">Nothing</Badge> {counted(providers.length, 'provider')}, and each has
          given its targets.
        </p>
      ) : (
        <ul class="troubles">
          {troubles.map(({ tone, word, what }) => (
            <li>
              <Badge tone={tone}>{word}</Badge> <div>{what}</div>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function failing(
  { now, root }: PageRequest,
  providers: readonly NamedProvider[],
): readonly Trouble[] {
  const all = providers.filter(({ state }) => state === 'failing' || state === 'failed')
  const named = all.slice(0, mostNamed).map((one): Trouble => {
    const { name, state, sets, lastError, lastSuccess, nextTry, targets } = one
    return {
      tone: 'bad',
      word: state,
      what: (
        <>
          <p>
            <Link to={withQuery(`${root}providers`, { q: name })} text={name} /> of{' '}
            <Sets names={sets} />
            {lastSuccess === undefined ? (
              ' has never answered'
            ) : (
              <>
                {' '}
                answered last <Time at={lastSuccess} now={now} /> and keeps{' '}
                {counted(targets, 'target')}
              </>
            )}
            {nextTry === undefined ? null : (
              <>
                ; next try <Time at={nextTry} now={now} />
              </>
            )}
          </p>
          {lastError === undefined ? null : <p class="message">{wrapped(lastError.message)}</p>}
        </>
      ),
    }
  })
  const more = all.length - named.length
  if (more <= 0) return named
  const what = (
    <p>
      <a href={`${root}providers?state=failing`}>{counted(more, 'more provider')}</a>
    </p>
  )
  return [...named, { tone: 'bad', word: 'failing', what }]
}

/** The jobs or sets of something; many of them are counted. */
export function Sets({ names }: { readonly names: readonly string[] }): Html {
  const [first, ...rest] = names
  if (first === undefined) return <>no job</>
  return (
    <>
      <Text text={first} />
      {rest.length === 0 ? null : ` and ${counted(rest.length, 'other job')}`}
    </>
  )
}

function guarded({ site, now, root }: PageRequest): readonly Trouble[] {
  return guardsOf(site.sources)
    .slice(0, mostNamed)
    .map(({ set, isFrozen, heldTargets, since }): Trouble => {
      return {
        tone: 'warn',
        word: isFrozen ? 'frozen' : 'held',
        what: (
          <p>
            <Link to={`${root}providers#guarded`} text={set} /> keeps{' '}
            {counted(heldTargets, 'target')} that {heldTargets === 1 ? 'is' : 'are'} not discovered
            any more
            {since === undefined ? null : (
              <>
                , the first since <Time at={since} now={now} />
              </>
            )}
          </p>
        ),
      }
    })
}

function alertmanagers({ site, now, root }: PageRequest): readonly Trouble[] {
  const health = site.sources.alertmanagers.health?.() ?? []
  return health
    .filter(({ lastError }) => lastError !== undefined)
    .slice(0, mostNamed)
    .map(({ url, lastError, queued, nextTry }): Trouble => {
      return {
        tone: 'bad',
        word: 'not sent',
        what: (
          <>
            <p>
              <Link to={`${root}alertmanager-discovery`} text={url} /> does not take alerts;{' '}
              {counted(queued, 'alert')} {queued === 1 ? 'waits' : 'wait'}
              {nextTry === undefined ? null : (
                <>
                  ; next try <Time at={nextTry} now={now} />
                </>
              )}
            </p>
            <p class="message">{wrapped(lastError ?? '')}</p>
          </>
        ),
      }
    })
}

function restored(
  { now, root }: PageRequest,
  providers: readonly NamedProvider[],
): readonly Trouble[] {
  const all = providers.filter(({ staleSince }) => staleSince !== undefined)
  if (all.length === 0) return []
  const oldest = Math.min(...all.map(({ staleSince = 0 }) => staleSince))
  const what = (
    <p>
      <a href={`${root}providers?state=restored`}>{counted(all.length, 'provider')}</a> show targets
      from before the start, since no answer has come yet; the oldest are from{' '}
      <Time at={oldest} now={now} />
    </p>
  )
  return [{ tone: 'warn', word: 'restored', what }]
}

function waiting({ root }: PageRequest, providers: readonly NamedProvider[]): readonly Trouble[] {
  const all = providers.filter(({ state }) => state === 'starting')
  if (all.length === 0) return []
  const what = (
    <p>
      <a href={`${root}providers?state=starting`}>{counted(all.length, 'provider')}</a>{' '}
      {all.length === 1 ? 'has' : 'have'} not answered yet
    </p>
  )
  return [{ tone: 'warn', word: 'waiting', what }]
}

/** Jobs whose targets http_sd cannot give with every label. */
function inexact({ site, root }: PageRequest): readonly Trouble[] {
  return site.sources.pools
    .pools()
    .filter(({ httpSdLosses: { leftOut, comesBack } }) => leftOut + comesBack > 0)
    .slice(0, mostNamed)
    .map(({ name, httpSdLosses: { leftOut, comesBack } }): Trouble => {
      return {
        tone: 'warn',
        word: 'http_sd',
        what: (
          <p>
            <Link to={`${root}http_sd/${inPath(name)}`} text={name} />: readers of http_sd see other
            labels than muster
            {leftOut > 0 ? `; ${count(leftOut)} lose a label that has no name` : ''}
            {comesBack > 0
              ? `; at ${count(comesBack)} a label comes back that rules took away`
              : ''}
          </p>
        ),
      }
    })
}
