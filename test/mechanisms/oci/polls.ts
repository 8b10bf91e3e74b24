import { onTestFinished } from 'vitest'
import { Registry } from 'prom-client'
import type { PollAnswer } from '../../../src/discovery/index.js'
import { createApi } from '../../../src/mechanisms/kit/api.js'
import type { OciConfig } from '../../../src/mechanisms/oci/index.js'
import { searchFor } from '../../../src/mechanisms/oci/search.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Secret } from '../../../src/yaml/index.js'
import { until } from '../../helpers/until.js'
import { clientOf, configOf } from '../../http/harness.js'
import { yamlOf } from '../suite/cases.js'
import { type CloudRequest, Clouds, type WholeAnswer } from '../suite/clouds.js'
import { FakeClock } from '../../../src/testing/discovery/index.js'

/** What came of one poll: the addresses of each group, and what could not be had. */
export interface Seen {
  readonly found: Readonly<Record<string, readonly (string | undefined)[]>>
  readonly trouble?: string
}

/** Polls of a tenancy, and what they work with. */
export interface Tenancy {
  readonly scheduler: FakeClock
  /** Polls once; time passes for as long as it has not ended. */
  poll(): Promise<Seen>
}

/**
 * Makes the polls of a tenancy.
 * @param given keys of the section
 * @param answer says what Oracle answers at the time of the request
 */
export async function tenancyOf(
  given: Partial<OciConfig>,
  answer: (request: CloudRequest) => Omit<WholeAnswer, 'kind'>,
  env: Readonly<Record<string, string>> = {},
): Promise<Tenancy> {
  const clouds = await Clouds.open((request) => ({ kind: 'whole', ...answer(request) }))
  onTestFinished(() => clouds.end())
  const yaml = yamlOf(clouds.config)
  const client = clientOf(yaml)
  const scheduler = new FakeClock()
  const config: OciConfig = {
    auth: 'api_key',
    tenancy: 't',
    user: 'u',
    fingerprint: 'f',
    key_file: '',
    key_passphrase: new Secret(''),
    key_passphrase_file: '',
    region: 'r',
    compartments: [],
    refresh_interval: 60_000,
    port: 80,
    http: configOf(yaml),
    ...given,
  }
  const search = searchFor({ registry: new Registry(), env, userAgent: 'muster/test' })
  if (!('groups' in search)) throw new Error('it makes groups')
  const find = search.groups(config, { random: () => 0, scheduler })
  if (typeof find !== 'function') throw new Error('it does not watch')
  return {
    scheduler,
    async poll() {
      const { signal } = new AbortController()
      const api = createApi({ client, baseUrl: '', timeoutMs: 60_000, signal, turns: new Turns() })
      return seenIn(await ended(find(api), scheduler))
    },
  }
}

function seenIn(given: PollAnswer): Seen {
  const { groups = [], trouble } =
    'groups' in given || 'trouble' in given ? given : { groups: given as never }
  const found = groups.map(({ source, targets }) => [source, targets.map((t) => t['__address__'])])
  const error = trouble?.error
  return {
    found: Object.fromEntries(found) as Seen['found'],
    ...(error instanceof Error && { trouble: error.message }),
  }
}

async function ended<T>(work: Promise<T>, scheduler: FakeClock): Promise<T> {
  let isOver = false
  const over = (): void => void (isOver = true)
  work.then(over, over)
  await until('the end', () => {
    if (scheduler.pending > 0) scheduler.advanceToNext()
    return isOver
  })
  return work
}
