import { createHash } from 'node:crypto'
import type { Registry } from 'prom-client'
import { type ChainConfig, chainMechanism, chainSets, loadChains } from '../chains/index.js'
import { type Config, configChecksum, loadConfig, readConfigFile } from '../config/index.js'
import type { Mechanism, MechanismRegistry } from '../discovery/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Turns } from '../waiting/turns.js'

export interface ConfigFilesOptions {
  /** The path of the `prometheus.yml`. */
  readonly configFile: string
  /** The path of the chains file; undefined for none. */
  readonly chainsFile: string | undefined
  /** The path of the file of the allocator, which its part reads itself; undefined for none. */
  readonly allocatorFile: string | undefined
  readonly mechanisms: MechanismRegistry
  readonly registry: Registry
  readonly env: Readonly<Record<string, string | undefined>>
  readonly logger: Logger
  readonly turns: Turns
}

/** The files that a daemon is configured by: one config is made of all of them. */
export class ConfigFiles {
  readonly #options: ConfigFilesOptions
  readonly #chain: Mechanism<ChainConfig> | undefined

  constructor(options: ConfigFilesOptions) {
    this.#options = options
    if (options.chainsFile !== undefined) this.#chain = chainMechanism(options)
  }

  /**
   * @throws {ConfigError} with everything that is wrong with one file
   * @throws {ConfigReadError} when a file cannot be read
   */
  async load(): Promise<Config> {
    const { configFile, chainsFile, mechanisms, env, logger, turns } = this.#options
    const config = await loadConfig(configFile, { mechanisms, env, logger, turns })
    if (chainsFile === undefined || this.#chain === undefined) return config
    const chains = await loadChains(chainsFile, config, { mechanisms, turns })
    return { ...config, further: chainSets(chains, this.#chain) }
  }

  /** Another text when the content of a file is another one. @throws when a file cannot be read */
  async checksum(): Promise<string> {
    const { configFile, chainsFile, allocatorFile, turns } = this.#options
    const main = await configChecksum(configFile, { turns })
    const others = [chainsFile, allocatorFile].filter((file) => file !== undefined)
    if (others.length === 0) return main
    const hash = createHash('sha256').update(main)
    for (const file of others) {
      const bytes = await readConfigFile(file)
      hash.update(`\0${String(bytes.length)}\0`).update(bytes)
    }
    return hash.digest('hex')
  }
}
