import path from 'node:path'
import { Registry } from 'prom-client'
import { type Config, loadConfig, readConfigInput } from '../../config/index.js'
import { MechanismRegistry } from '../../discovery/index.js'
import { builtInMechanisms } from '../../mechanisms/index.js'
import type { Turns } from '../../waiting/turns.js'
import type { Host } from '../host.js'
import { loadMechanisms } from '../mechanism-modules.js'

/** What loading configs needs; providers that are asked count in the same registry. */
export interface Loading {
  readonly registry: Registry
  readonly mechanisms: MechanismRegistry
  readonly env: Host['env']
  readonly turns: Turns
}

/** @throws {UsageError} when a module of `--discovery.mechanism` cannot be used */
export async function loadingFor(
  modules: readonly string[],
  { env }: Pick<Host, 'env'>,
  userAgent: string,
  turns: Turns,
): Promise<Loading> {
  const registry = new Registry()
  const given = { registry, env, userAgent }
  const own = (await loadMechanisms(modules)).map((create) => create(given))
  const mechanisms = new MechanismRegistry([...builtInMechanisms(given), ...own])
  return { registry, mechanisms, env, turns }
}

/** What the shell has opened for a command: `<(git show main:prometheus.yml)`. */
const openDescriptor = /^\/(?:dev\/(?:stdin|fd\/[0-9]+)|proc\/(?:self|[0-9]+)\/fd\/[0-9]+)$/

/**
 * Loads a config for a command that reads it once.
 * @param beside a file in whose folder relative paths start when the config comes from a pipe
 * @throws {ConfigError}, {ConfigReadError}
 */
export async function loadInput(file: string, beside: string, loading: Loading): Promise<Config> {
  const { mechanisms, env, turns } = loading
  const options = { mechanisms: [...mechanisms], env, turns }
  if (!openDescriptor.test(file)) {
    return await loadConfig(file, { ...options, readFile: readConfigInput })
  }
  const text = await readConfigInput(file)
  const name = path.join(path.dirname(beside), `${path.basename(file)} (standard input)`)
  const readFile = (asked: string): Promise<Uint8Array> =>
    asked === name ? Promise.resolve(text) : readConfigInput(asked)
  return await loadConfig(name, { ...options, readFile })
}

/** A config with some of its jobs and no Alertmanagers. @param jobs left out: all of it */
export function onlyJobs(config: Config, jobs: readonly string[] | undefined): Config {
  if (jobs === undefined) return config
  return {
    ...config,
    jobs: config.jobs.filter(({ job_name }) => jobs.includes(job_name)),
    alerting: { ...config.alerting, alertmanagers: [] },
  }
}
