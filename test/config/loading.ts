import { type Config, loadConfig, type LoadOptions } from '../../src/config/index.js'
import { ConfigError, formatIssue } from '../../src/yaml/index.js'
import { type Folder, useFolder } from './folder.js'
import { allMechanisms } from './mechanisms.js'

/** How the tests of a file load configs. */
export interface Loading {
  readonly folder: Folder
  /** Loads this as the file `p.yml`, with all mechanisms. */
  load(yaml: string, options?: Partial<LoadOptions>): Promise<Config>
  /** What is wrong with it, as users read it, with paths from the folder on. */
  faultsOf(yaml: string, options?: Partial<LoadOptions>): Promise<string[]>
}

/** Gives each test of a file an empty folder to load configs from. */
export function useLoading(): Loading {
  const folder = useFolder()
  const load: Loading['load'] = async (yaml, options = {}) => {
    const file = await folder.write('p.yml', yaml)
    return loadConfig(file, { mechanisms: allMechanisms(), ...options })
  }
  return {
    folder,
    load,
    async faultsOf(yaml, options) {
      const error: unknown = await load(yaml, options).catch((reason: unknown) => reason)
      if (!(error instanceof ConfigError)) throw new Error('the config is taken as good')
      const root = folder.path('x').slice(0, -1)
      return error.issues.map((issue) => formatIssue(issue).replaceAll(root, ''))
    },
  }
}
