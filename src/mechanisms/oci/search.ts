import type { Labels } from '../../labels/index.js'
import { HttpError, type HttpResponse } from '../../http/index.js'
import { RateLimit } from '../../waiting/rate-limit.js'
import { sleep } from '../../waiting/sleep.js'
import { type Api, readJson, withQuery } from '../kit/api.js'
import { MemoryBudget } from '../kit/memory.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { pagesOf } from '../kit/pages.js'
import { type Part, partOf, Parts } from '../kit/parts.js'
import { collect, type FindGroups, type Search, type SearchContext } from '../kit/polled.js'
import * as json from '../kit/shape.js'
import { apiKey } from './api-key.js'
import type { OciConfig } from './index.js'
import { instanceShape, targetOf, type Vnic, vnicShape } from './instances.js'
import { type InstanceKey, InstancePrincipal } from './instance-principal.js'
import { endpointOf, type OciService } from './region.js'
import { signRequest } from './signature.js'

const version = '20160918'

// Oracle takes twenty requests a second for compartments.
// https://docs.oracle.com/en-us/iaas/Content/Identity/sku/api-rate-limiting.htm
const msOfOneRequest = 100
const burst = 50

/** Makes the search, with the environment in which an instance may be described. */
export function searchFor({ env, userAgent }: MechanismOptions): Search<OciConfig> {
  return {
    groups(config, context): FindGroups {
      const principal = new InstancePrincipal({ env, userAgent, now: () => Date.now() })
      const keyFor = async (api: Api): Promise<InstanceKey> => {
        if (config.auth === 'instance_principal') return principal.key(api)
        return { ...(await apiKey(config, api.signal)), tenancy: config.tenancy }
      }
      const limit = new RateLimit(msOfOneRequest, context.scheduler, burst)
      const parts = new Parts('instances of compartment')
      return async (api) => {
        const key = await keyFor(api)
        const cloud = new Cloud(api, key, config, { limit, scheduler: context.scheduler })
        try {
          return await find(cloud, config, parts)
        } catch (error) {
          if (error instanceof HttpError && error.status === 401) principal.refused()
          throw error
        }
      }
    },
  }
}

async function find(cloud: Cloud, config: OciConfig, parts: Parts): ReturnType<FindGroups> {
  const found = new Map<string, Part>()
  const compartments =
    config.compartments.length > 0 ? config.compartments : cloud.compartments(found)
  const all: string[] = []
  for await (const one of compartments) all.push(one)
  const mayHaveMore = found.size > 0
  const budget = new MemoryBudget(cloud.api.maxWeight)
  for (const one of new Set(all)) {
    const part = await partOf(() => collect(cloud.targets(one, config.port), cloud.api, budget))
    found.set(one, part)
  }
  return parts.answer('OCI', found, mayHaveMore)
}

const compartmentShape = json.object({ id: json.text, lifecycleState: json.text })
const attachmentShape = json.object({
  instanceId: json.text,
  vnicId: json.optional(json.text),
  lifecycleState: json.text,
})

/** What a poll waits by. */
interface Pace extends Pick<SearchContext, 'scheduler'> {
  readonly limit: RateLimit
}

/** Oracle's cloud, asked in one poll. */
class Cloud {
  readonly api: Api
  readonly #key: InstanceKey
  readonly #region: string
  readonly #pace: Pace

  constructor(api: Api, key: InstanceKey, { region }: OciConfig, pace: Pace) {
    this.api = api
    this.#key = key
    this.#region = region
    this.#pace = pace
  }

  /**
   * The tenancy and all compartments in it that are in use, level by level.
   * https://docs.oracle.com/en-us/iaas/api/#/en/identity/20160918/Compartment/ListCompartments
   * @param failed takes the compartments whose own compartments cannot be listed
   */
  async *compartments(failed: Map<string, Part>): AsyncGenerator<string> {
    const seen = new Set([this.#key.tenancy])
    // A set can be added to while it is gone through.
    for (const parent of seen) {
      yield parent
      const part = await partOf(() => this.#childrenOf(parent))
      if (part.kind === 'failed') failed.set(`in ${parent}`, part)
      else for (const id of part.found) seen.add(id)
    }
  }

  /** The instances of a compartment that have an address. */
  async *targets(compartmentId: string, port: number): AsyncGenerator<Labels> {
    const instances = await this.#list('iaas', 'instances', { compartmentId }, instanceShape)
    if (instances.length === 0) return
    const attached = await this.#attachedTo(compartmentId)
    for (const instance of instances) {
      if (instance.id === '') continue
      const vnic = await this.#primaryOf(attached.get(instance.id) ?? [])
      const target = vnic && targetOf({ instance, vnic, tenancy: this.#key.tenancy, port })
      if (target !== undefined) yield target
    }
  }

  async #childrenOf(compartmentId: string): Promise<readonly string[]> {
    const query = { compartmentId, accessLevel: 'ACCESSIBLE', compartmentIdInSubtree: 'false' }
    const all = await this.#list('identity', 'compartments', query, compartmentShape)
    return all.flatMap(({ id, lifecycleState }) =>
      lifecycleState === 'ACTIVE' && id !== '' ? [id] : [],
    )
  }

  /** The network cards of a compartment, by instance. */
  async #attachedTo(compartmentId: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const attached = new Map<string, string[]>()
    const all = await this.#list('iaas', 'vnicAttachments', { compartmentId }, attachmentShape)
    for (const { instanceId, vnicId, lifecycleState } of all) {
      if (vnicId === undefined || lifecycleState !== 'ATTACHED') continue
      const vnics = attached.get(instanceId)
      if (vnics === undefined) attached.set(instanceId, [vnicId])
      else vnics.push(vnicId)
    }
    return attached
  }

  async #primaryOf(ids: readonly string[]): Promise<Vnic | undefined> {
    for (const id of ids) {
      const answer = await this.#ask('iaas', `vnics/${encodeURIComponent(id)}`)
      const vnic = readJson(vnicShape, answer, this.api.maxWeight)
      if (vnic.isPrimary) return vnic
    }
    return undefined
  }

  async #list<T>(
    service: OciService,
    path: string,
    query: Readonly<Record<string, string>>,
    shape: json.Shape<T>,
  ): Promise<readonly T[]> {
    const found: T[] = []
    const ask = (page: string | undefined): Promise<HttpResponse> =>
      this.#ask(service, withQuery(path, { ...query, limit: 100, page }))
    for await (const answer of pagesOf(ask, nextPage, path)) {
      for (const one of readJson(json.list(shape), answer, this.api.maxWeight)) found.push(one)
    }
    return found
  }

  async #ask(service: OciService, path: string): Promise<HttpResponse> {
    const { limit, scheduler } = this.#pace
    const ms = limit.reserve()
    if (ms > 0) await sleep(ms, scheduler, this.api.signal)
    const url = new URL(`${endpointOf(service, this.#region)}/${version}/${path}`)
    const headers = signRequest({ method: 'GET', url, now: Date.now() }, this.#key)
    return this.api.ask(url.href, { headers })
  }
}

function nextPage(answer: HttpResponse): string | undefined {
  return answer.header('opc-next-page')
}
