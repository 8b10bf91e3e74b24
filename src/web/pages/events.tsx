import { type EventFilter, type EventKind, eventKinds } from '../../scrape/events/index.js'
import type { WebRoute } from '../routes/route.js'
import { EventRows } from './event-rows.js'
import { type Page, pageRoute, type PageRequest, type Site } from './page.js'
import { pageLength, withQuery } from './paging.js'
import { counted, Link } from './text.js'

/** `/events`: what became of targets, the newest first. */
export function eventsPage(site: Site): WebRoute {
  return pageRoute(site, '/events', render)
}

function render(request: PageRequest): Page {
  const { events: log } = request.site.sources
  const title = 'Events'
  if (log === undefined) {
    return { title, content: <p>No events are kept: --discovery.events is 0.</p> }
  }
  const { query, root } = request
  const asked = {
    kind: query('kind'),
    set: query('set'),
    cause: query('cause'),
    text: query('text'),
  }
  const before = /^\d{1,16}$/.test(query('before')) ? Number(query('before')) : undefined
  const found = log.page(filterOf(asked), {
    limit: pageLength,
    ...(before !== undefined && { before }),
  })
  const oldest = found[0]
  const stream = withQuery(`${root}api/v1/targets/events`, { ...asked, after: log.lastId })
  return {
    title,
    isStill: true,
    content: (
      <>
        <form class="filter" data-live data-news={before === undefined ? stream : undefined}>
          <label>
            Text <input type="search" name="text" value={asked.text} autocomplete="off" />
          </label>
          <label>
            Job <input type="search" name="set" value={asked.set} autocomplete="off" />
          </label>
          <label>
            Kind{' '}
            <select name="kind">
              <option value="">all</option>
              {eventKinds.map((kind) => (
                <option value={kind} selected={kind === asked.kind}>
                  {kind}
                </option>
              ))}
            </select>
          </label>
          <label>
            Cause <input name="cause" value={asked.cause} autocomplete="off" />
          </label>
          <button>Find</button>
          <output>{counted(log.size, 'event')} kept</output>
        </form>
        {found.length === 0 ? (
          <p>No event is like that.</p>
        ) : (
          <EventRows request={request} events={found.toReversed().map(({ json }) => json)} />
        )}
        <p class="pager">
          {before === undefined ? null : (
            <Link to={withQuery(`${root}events`, asked)} text="Newest" />
          )}
          {oldest === undefined || found.length < pageLength ? null : (
            <Link to={withQuery(`${root}events`, { ...asked, before: oldest.id })} text="Older" />
          )}
        </p>
      </>
    ),
  }
}

function filterOf(asked: {
  readonly kind: string
  readonly set: string
  readonly cause: string
  readonly text: string
}): EventFilter {
  const { kind, set, cause, text } = asked
  const kinds = eventKinds.filter((one): one is EventKind => one === kind)
  return {
    ...(set !== '' && { set }),
    ...(cause !== '' && { cause }),
    ...(text !== '' && { text }),
    kinds,
  }
}
