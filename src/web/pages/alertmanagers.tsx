import type { WebRoute } from '../routes/route.js'
import type { Html } from './html.js'
import { pageRoute, type PageRequest, type Site } from './page.js'
import { paged, Pager } from './paging.js'
import { Badge, Code, count, Table, Time, wrapped } from './text.js'

/** `/alertmanager-discovery`: every Alertmanager, what waits for it, and what its last post failed with. */
export function alertmanagersPage(site: Site): WebRoute {
  return pageRoute(site, '/alertmanager-discovery', (request) => ({
    title: 'Alertmanagers',
    content: <Alertmanagers request={request} />,
  }))
}

function Alertmanagers({ request }: { readonly request: PageRequest }): Html {
  const { site, now, root } = request
  const { alertmanagers, relay } = site.sources
  const { active, dropped } = alertmanagers.alertmanagers()
  const health = new Map(alertmanagers.health?.().map((one) => [one.url, one]))
  const part = paged(request, active)
  return (
    <>
      <p>
        {relay === undefined
          ? 'muster takes no alerts: the relay is off (--notifier.relay).'
          : 'The relay is on: muster takes alerts at /api/v2/alerts and sends them to each of these.'}
      </p>
      {active.length === 0 ? (
        <p>No Alertmanager is discovered.</p>
      ) : (
        <Table
          label="Alertmanagers"
          columns={[
            'Alertmanager',
            'State',
            { name: 'Waiting alerts', numeric: true },
            { name: 'On their way', numeric: true },
            'Next try',
          ]}
        >
          {part.rows.map(({ url }) => {
            const { lastError, queued = 0, sending = 0, nextTry } = health.get(url) ?? {}
            return (
              <>
                <tr class={lastError === undefined ? '' : 'with-detail'}>
                  <th scope="row">
                    <Code text={url} />
                  </th>
                  <td>
                    {lastError === undefined ? (
                      <Badge tone="good">well</Badge>
                    ) : (
                      <Badge tone="bad">failing</Badge>
                    )}
                  </td>
                  <td class="n">{count(queued)}</td>
                  <td class="n">{count(sending)}</td>
                  <td>{nextTry === undefined ? '' : <Time at={nextTry} now={now} />}</td>
                </tr>
                {lastError === undefined ? null : (
                  <tr class="detail">
                    <td colspan={5}>
                      <div class="message bad">{wrapped(lastError)}</div>
                    </td>
                  </tr>
                )}
              </>
            )
          })}
        </Table>
      )}
      <Pager
        path={`${root}alertmanager-discovery`}
        parameters={{}}
        paged={part}
        noun="Alertmanagers"
      />
      <h2>Dropped by rules</h2>
      {dropped.length === 0 ? <p>None.</p> : null}
      <ul>
        {dropped.slice(0, 100).map(({ url }) => (
          <li>
            <Code text={url} />
          </li>
        ))}
      </ul>
      {dropped.length > 100 ? <p>and {count(dropped.length - 100)} more</p> : null}
    </>
  )
}
