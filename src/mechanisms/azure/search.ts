import type { PollAnswer, TargetGroup } from '../../discovery/index.js'
import type { Api } from '../kit/api.js'
import { concernsAll, failureText } from '../kit/failed-parts.js'
import { MemoryBudget } from '../kit/memory.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { collect, type FindGroups, type Search, type SearchContext } from '../kit/polled.js'
import type * as json from '../kit/shape.js'
import { Nics, type Place, placeOfMachines, placeOfScaleSet } from './nics.js'
import { AzureClient, type AzureClientOptions } from './client.js'
import { cloudOf } from './cloud.js'
import { AzureScaleSetError, prefixed } from './errors.js'
import { AzureIdentity } from './identity.js'
import { KeptNics } from './kept-nics.js'
import {
  type Machine,
  machineShape,
  pathOf,
  pathOfId,
  type ScaleSet,
  scaleSetShape,
} from './resources.js'
import type { AzureMetrics } from './metrics.js'
import type { AzureConfig } from './section.js'
import { targetsOf } from './targets.js'

/** Makes the search, with the environment in which credentials may be. */
export function searchWith(
  { env, userAgent }: Pick<MechanismOptions, 'env' | 'userAgent'>,
  metrics: AzureMetrics,
): Search<AzureConfig> {
  return {
    groups(config, context): FindGroups {
      const { random, scheduler } = context
      const identity = new AzureIdentity(config, cloudOf(config.environment))
      const options = { identity, env, userAgent, random, scheduler, now: Date.now }
      const polls = new Polls(config, options, keptNics(config, context, metrics))
      return async (api) => {
        try {
          const answer = await polls.next(api)
          if ('trouble' in answer) metrics.failures.inc()
          return answer
        } catch (error) {
          if (!api.signal.aborted) metrics.failures.inc()
          throw error
        }
      }
    },
  }
}

function keptNics(
  { refresh_interval: intervalMs }: AzureConfig,
  { random, scheduler }: SearchContext,
  { cacheHits: hits }: AzureMetrics,
): KeptNics {
  return new KeptNics({ hits, intervalMs, random, now: () => scheduler.now() })
}

/** The source of the machines that are in no scale set; a scale set is a source of its own. */
const alone = 'azure'

/** The polls of one subscription. */
class Polls {
  readonly #config: AzureConfig
  readonly #options: AzureClientOptions
  readonly #kept: KeptNics
  /** The sources that there were. */
  #sources: ReadonlySet<string> = new Set()

  constructor(config: AzureConfig, options: AzureClientOptions, kept: KeptNics) {
    this.#config = config
    this.#options = options
    this.#kept = kept
  }

  /** Finds all machines. A scale set that cannot be read keeps its targets, and is named. */
  async next(api: Api): Promise<PollAnswer> {
    const poll = new Poll(this.#config, new AzureClient(this.#options, api), api, this.#kept)
    const machines = await poll.machines()
    const scaleSets = await poll.scaleSets()
    const groups = [await poll.groupOfMachines(machines)]
    const failed = new Map<string, unknown>()
    for (const one of scaleSets) {
      try {
        groups.push(await poll.groupOfScaleSet(one))
      } catch (error) {
        if (concernsAll(error)) throw error
        failed.set(one.name, error)
      }
    }
    const before = this.#sources
    this.#sources = new Set([alone, ...scaleSets.map(sourceOf)])
    if (failed.size === 0) return groups
    const gone = [...before].filter((source) => !this.#sources.has(source))
    const what = 'could not get virtual machine scale set vms'
    return {
      groups: [...groups, ...gone.map((source) => ({ source, labels: {}, targets: [] }))],
      trouble: { error: new AzureScaleSetError(`${what}: ${failureText(failed)}`) },
    }
  }
}

function sourceOf({ id }: ScaleSet): string {
  return alone + id.toLowerCase()
}

/** One poll. */
class Poll {
  readonly #config: AzureConfig
  readonly #client: AzureClient
  readonly #api: Api
  readonly #nics: Nics
  readonly #budget: MemoryBudget

  constructor(config: AzureConfig, client: AzureClient, api: Api, kept: KeptNics) {
    this.#config = config
    this.#client = client
    this.#api = api
    this.#nics = new Nics(client, kept)
    this.#budget = new MemoryBudget(api.maxWeight)
  }

  /** All machines that stand alone or are in a scale set of flexible orchestration. */
  machines(): Promise<readonly Machine[]> {
    return this.#all(
      'could not get virtual machines: could not list virtual machines',
      pathOf(this.#config, 'Microsoft.Compute/virtualMachines'),
      machineShape,
    )
  }

  /** The scale sets whose machines are in lists of their own. */
  async scaleSets(): Promise<readonly ScaleSet[]> {
    const all = await this.#all(
      'could not get virtual machine scale sets: could not list virtual machine scale sets',
      pathOf(this.#config, 'Microsoft.Compute/virtualMachineScaleSets'),
      scaleSetShape,
    )
    return all.filter(({ properties }) => properties.orchestrationMode !== 'Flexible')
  }

  groupOfMachines(machines: readonly Machine[]): Promise<TargetGroup> {
    return this.#groupOf(machines, alone, '', placeOfMachines(this.#config))
  }

  async groupOfScaleSet(scaleSet: ScaleSet): Promise<TargetGroup> {
    const machines = await this.#all(
      'could not list virtual machine scale set vms',
      pathOfId(scaleSet.id, '/virtualMachines'),
      machineShape,
    )
    return this.#groupOf(machines, sourceOf(scaleSet), scaleSet.name, placeOfScaleSet(scaleSet))
  }

  async #groupOf(
    machines: readonly Machine[],
    source: string,
    scaleSet: string,
    place: Place,
  ): Promise<TargetGroup> {
    try {
      const addresses = await this.#nics.addressesOf(machines, place)
      const found = targetsOf(machines, addresses, scaleSet, this.#config)
      return { source, labels: {}, targets: await collect(found, this.#api, this.#budget) }
    } catch (error) {
      throw prefixed('unable to complete Azure service discovery', error)
    }
  }

  async #all<T>(what: string, path: string, shape: json.Shape<T>): Promise<readonly T[]> {
    try {
      const found: T[] = []
      for await (const one of this.#client.list(path, shape)) found.push(one)
      return found
    } catch (error) {
      throw prefixed(what, error)
    }
  }
}
