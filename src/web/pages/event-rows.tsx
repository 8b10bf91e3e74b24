import type { EventFacts } from '../../scrape/events/index.js'
import { PlaceLink } from './place-link.js'
import type { Html } from './html.js'
import type { PageRequest } from './page.js'
import { withQuery } from './paging.js'
import { Badge, Code, counted, Link, Table, Text, Time, type Tone } from './text.js'

const tones: Readonly<Record<EventFacts['kind'], Tone>> = {
  added: 'good',
  removed: 'bad',
  changed: 'idle',
  dropped: 'warn',
  failed: 'bad',
  held: 'warn',
}

type Event = EventFacts & { readonly id: number; readonly at: string }

/** Events as rows, in the order they are given. @param events each as JSON */
export function EventRows(props: {
  readonly request: PageRequest
  readonly events: readonly string[]
}): Html {
  const { request, events } = props
  return (
    <Table label="Events" columns={['When', 'What', 'Target', 'Job', 'Why']}>
      {events.map((json) => (
        <EventRow event={JSON.parse(json) as Event} request={request} />
      ))}
    </Table>
  )
}

function EventRow({
  event,
  request,
}: {
  readonly event: Event
  readonly request: PageRequest
}): Html {
  const { root, now } = request
  const { kind, address = '', set, provider, cause, rule, fault } = event
  return (
    <tr id={`e${String(event.id)}`}>
      <td>
        <Time at={Date.parse(event.at)} now={now} />
      </td>
      <td>
        <Badge tone={tones[kind]}>{kind}</Badge>
      </td>
      <th scope="row">
        {event.count === undefined ? (
          <Link
            to={withQuery(`${root}targets`, { q: JSON.stringify(address), pool: set })}
            text={address}
          />
        ) : (
          counted(event.count, 'target')
        )}
      </th>
      <td>
        <Text text={set} />
      </td>
      <td>
        {rule === undefined ? null : (
          <>
            {rule.place === undefined ? (
              `rule ${String(rule.number)}`
            ) : (
              <PlaceLink
                job={event.manager === 'scrape' ? set : ''}
                place={rule.place}
                root={root}
                text={`rule ${String(rule.number)}`}
              />
            )}{' '}
            drops it;{' '}
          </>
        )}
        {fault === undefined ? null : (
          <>
            <Text text={fault} />;{' '}
          </>
        )}
        {cause} of <Code text={provider} />
      </td>
    </tr>
  )
}
