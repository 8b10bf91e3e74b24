import type { Trouble } from '../../discovery/index.js'
import type { Labels } from '../../labels/index.js'
import { concernsAll, failureText } from '../kit/failed-parts.js'
import { collect, type FindGroups } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { dedicatedServers } from './dedicated-servers.js'
import type { OvhcloudConfig } from './index.js'
import type { Service } from './service.js'
import { openSession, type Session } from './session.js'
import { virtualServers } from './virtual-servers.js'

/** One or more servers could not be asked for. */
export class OvhcloudServerError extends Error {
  override readonly name = 'OvhcloudServerError'
  readonly code = 'ERR_OVHCLOUD_SERVER'
}

/**
 * Finds the servers of an account: https://eu.api.ovh.com/console. A server that cannot be asked for, such as one
 * that has expired, keeps the labels that it had, and is named.
 */
export function groups(config: OvhcloudConfig): FindGroups {
  const service = config.service === 'vps' ? virtualServers : dedicatedServers
  const source = `ovhcloud_${config.service}`
  let last: ReadonlyMap<string, Labels> = new Map()
  return async (api) => {
    const session = await openSession(api, config)
    const names = await session.items(service.path, json.text)
    const found = new Map<string, Labels>()
    const failed = new Map<string, unknown>()
    for (const name of names) {
      const one = await find(session, service, name)
      if (one.kind === 'failed') failed.set(name, one.error)
      const labels = one.kind === 'found' ? one.labels : last.get(name)
      if (labels !== undefined) found.set(name, labels)
    }
    last = found
    const targets = await collect(found.values(), api)
    const answer = [{ source, labels: {}, targets }]
    return failed.size === 0 ? answer : { groups: answer, trouble: troubleOf(failed) }
  }
}

type Found =
  | { readonly kind: 'found'; readonly labels: Labels }
  | { readonly kind: 'failed'; readonly error: unknown }

async function find(session: Session, service: Service, name: string): Promise<Found> {
  try {
    return { kind: 'found', labels: await service.find(session, name) }
  } catch (error) {
    if (concernsAll(error)) throw error
    return { kind: 'failed', error }
  }
}

function troubleOf(failed: ReadonlyMap<string, unknown>): Trouble {
  const [cause] = failed.values()
  const message = `unable to get the details of ${failureText(failed)}`
  return { error: new OvhcloudServerError(message, { cause }) }
}
