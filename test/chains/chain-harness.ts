import { type ChainConfig, chainMechanism, chainSets, loadChains } from '../../src/chains/index.js'
import type { Config } from '../../src/config/index.js'
import type { DiscoveryConfig, Mechanism } from '../../src/discovery/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { text } from '../../src/yaml/index.js'
import { Harness } from '../discovery/harness.js'
import type { Script } from '../discovery/scripted-mechanism.js'

/** Jobs by name, each with the texts of its scripted configs. */
export type Jobs = Readonly<Record<string, readonly string[]>>

/** A manager with chains over a scripted mechanism, whose configs are texts. */
export class ChainHarness extends Harness {
  readonly chain: Mechanism<ChainConfig>

  constructor(...options: ConstructorParameters<typeof Harness>) {
    super(...options)
    // A config that is read from a file is the text that stands there.
    Object.assign(this.mechanism, { section: text })
    this.chain = chainMechanism({ mechanisms: [this.mechanism], registry: this.registry })
  }

  /** Takes jobs and a chains file, as a reload does. */
  async reload(jobs: Jobs, chains: string): Promise<readonly string[]> {
    const sets = await this.#sets(jobs, chains)
    const prepared = this.manager.prepare(sets)
    prepared.commit()
    return prepared.changes ?? []
  }

  async #sets(jobs: Jobs, chains: string): Promise<Map<string, readonly DiscoveryConfig[]>> {
    const config = { jobs: Object.keys(jobs).map((job_name) => ({ job_name })) }
    const loaded = await loadChains('chains.yml', config as unknown as Pick<Config, 'jobs'>, {
      mechanisms: [this.mechanism],
      turns: new Turns(),
      readFile: async () => Buffer.from(chains),
    })
    const sets = new Map<string, readonly DiscoveryConfig[]>(
      Object.entries(jobs).map(([job, configs]) => [job, configs.map((c) => this.config(c))]),
    )
    for (const [set, configs] of chainSets(loaded, this.chain)) {
      sets.set(set, [...(sets.get(set) ?? []), ...configs])
    }
    return sets
  }

  /** The script of a config. */
  script(config: string): Script {
    return this.mechanism.script(config)
  }

  /** Lets updates that are held together go out. */
  settle(): void {
    this.scheduler.advance(200)
    this.scheduler.advance(200)
  }

  /** The groups of a set, as a consumer has them, without the names of their providers. */
  shown(set: string): Readonly<Record<string, string>> {
    return Object.fromEntries(
      Array.from(this.seen.get(set) ?? [], ([key, addresses]) => [
        key.slice(key.lastIndexOf('/') + 1),
        addresses,
      ]),
    )
  }

  /** Each provider of a set with its state: `chain/1 running`. */
  providers(set: string): readonly string[] {
    return this.manager
      .providers()
      .filter(({ sets }) => sets.includes(set))
      .map(({ name, state }) => `${name} ${state}`)
  }

  /** What the chain of a set says is wrong. */
  fault(set: string): string | undefined {
    return this.manager.providers().find(({ sets, mechanism, state }) => {
      return mechanism === 'chain' && sets.includes(set) && state === 'failing'
    })?.lastError?.message
  }
}
