import { onTestFinished } from 'vitest'
import type { PollAnswer } from '../../../src/discovery/index.js'
import { createHttpClient, defaultHttpClientConfig } from '../../../src/http/index.js'
import { AwsClient } from '../../../src/mechanisms/aws/client.js'
import { awsServices } from '../../../src/mechanisms/aws/endpoint.js'
import { AwsIdentity } from '../../../src/mechanisms/aws/identity.js'
import type { AwsRole } from '../../../src/mechanisms/aws/section.js'
import { type Api, createApi } from '../../../src/mechanisms/kit/api.js'
import { Turns } from '../../../src/waiting/turns.js'
import { Secret } from '../../../src/yaml/index.js'
import { serve } from '../../http/harness.js'
import { until } from '../../helpers/until.js'
import type { FakeClock } from '../../../src/testing/discovery/index.js'

/** What a fake service says to one request. */
export interface Said {
  readonly status?: number
  readonly body: string
}

/** What came of one poll: the addresses of each group, and what could not be had. */
export interface Seen {
  readonly found: Readonly<Record<string, readonly (string | undefined)[]>>
  readonly trouble?: string
}

/**
 * Polls of a service of AWS in region `r`, one after the other. Time passes for as long as one has not ended.
 * @param answer says what is answered at the time of the request, so that a test can change it between polls
 */
export async function pollsOf(
  role: AwsRole,
  find: (client: AwsClient, api: Api) => Promise<PollAnswer>,
  answer: (request: { readonly target: string; readonly body: string }) => Said,
  scheduler: FakeClock,
): Promise<() => Promise<Seen>> {
  const { url } = await serve(({ headers, body }, response) => {
    const said = answer({ target: String(headers['x-amz-target']).replace(/^.*\./, ''), body })
    response.writeHead(said.status ?? 200).end(said.body)
  })
  const http = createHttpClient(defaultHttpClientConfig(), { userAgent: 'muster/test' })
  onTestFinished(() => http.close())
  const account = { profile: '', role_arn: '', external_id: '' }
  const keys = { access_key: 'AK', secret_key: new Secret('geheim') }
  const options = {
    service: awsServices[role],
    identity: new AwsIdentity({ region: 'r', ...keys, ...account }),
    endpoint: url,
    env: {},
    userAgent: 'muster/test',
    random: () => 0.5,
    scheduler,
    now: Date.now,
  }
  return async () => {
    const { signal } = new AbortController()
    const api = createApi({
      client: http,
      baseUrl: url,
      timeoutMs: 60_000,
      signal,
      turns: new Turns(),
    })
    return seenIn(await ended(find(new AwsClient(options, api), api), scheduler))
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
