import { HttpError } from '../../http/index.js'
import type { TargetGroup } from '../../discovery/index.js'
import { type Api, readJson, withQuery } from '../kit/api.js'
import { collect, type FindGroups } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import type { LinodeConfig } from './index.js'
import { listInstances, timeOf } from './instances.js'

/** What is known of an account from one poll to the next. */
type State =
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'known'
      readonly groups: readonly TargetGroup[]
      /** When the last poll was, by the server's clock: `2026-01-02T03:04:05`. */
      readonly since: string
      /** How many polls in a row have found no event. */
      readonly quietPolls: number
    }
  /** The token may not read events. */
  | { readonly kind: 'without events' }

/** Not every change is an event, such as a shutdown from within: after this number of polls everything is listed again. */
const mostQuietPolls = 10

const events = json.object({ data: json.list(json.any) })

/**
 * Finds the instances of an account: https://techdocs.akamai.com/linode-api. All lists are asked for at first and when
 * there was an event since the last poll, and at the latest in the tenth poll.
 */
export function groups(config: LinodeConfig): FindGroups {
  let state: State = { kind: 'unknown' }

  const listAll = async (api: Api): Promise<readonly TargetGroup[]> => {
    const { targets, askedAt: since } = await listInstances(api, config)
    const found = await collect(targets, api)
    const listed = [{ source: 'Linode', labels: {}, targets: found }]
    if (state.kind !== 'without events') {
      // Without the server's time there is nothing to ask events for.
      state =
        since === undefined
          ? { kind: 'unknown' }
          : { kind: 'known', groups: listed, since, quietPolls: 0 }
    }
    return listed
  }

  return async (api) => {
    if (state.kind !== 'known') return await listAll(api)
    const { since, groups: known } = state
    const quietPolls = state.quietPolls + 1
    try {
      const answer = await api.ask(withQuery('/account/events', { page: 1, page_size: 25 }), {
        headers: { 'x-filter': JSON.stringify({ created: { '+gte': since } }) },
      })
      const { data } = readJson(events, answer, api.maxWeight)
      if (data.length === 0 && quietPolls < mostQuietPolls) {
        state = { kind: 'known', groups: known, since: timeOf(answer) ?? since, quietPolls }
        return known
      }
    } catch (error) {
      if (!(error instanceof HttpError) || error.status !== 401) throw error
      state = { kind: 'without events' }
    }
    return await listAll(api)
  }
}
