import { createHash } from 'node:crypto'
import type { Api } from '../kit/api.js'
import * as json from '../kit/shape.js'
import type { OvhcloudConfig } from './index.js'

/** Asks with signed requests, for one poll. */
export interface Session {
  /** Asks for one JSON value. */
  get<T>(path: string, shape: json.Shape<T>): Promise<T>
  /** Asks for a JSON list. */
  items<T>(path: string, item: json.Shape<T>): Promise<readonly T[]>
}

/**
 * Opens a session: a signature has the time of the server in it, so that is asked for first.
 * https://help.ovhcloud.com/csm/en-api-getting-started-ovhcloud-api
 */
export async function openSession(api: Api, config: OvhcloudConfig): Promise<Session> {
  const application = { 'x-ovh-application': config.application_key }
  const askedAt = api.now()
  const serverTime = await api.get('/auth/time', json.int, { headers: application })

  const signed = (path: string): Readonly<Record<string, string>> => {
    const seconds = serverTime + Math.floor((api.now() - askedAt) / 1000)
    const consumer = config.consumer_key.reveal()
    const parts = [
      config.application_secret.reveal(),
      consumer,
      'GET',
      api.urlOf(path),
      '',
      seconds,
    ]
    const digest = createHash('sha1').update(parts.join('+')).digest('hex')
    return {
      ...application,
      'x-ovh-timestamp': String(seconds),
      'x-ovh-consumer': consumer,
      'x-ovh-signature': `$1$${digest}`,
    }
  }

  return {
    get: (path, shape) => api.get(path, shape, { headers: signed(path) }),
    items: (path, item) => api.items(path, item, { headers: signed(path) }),
  }
}
