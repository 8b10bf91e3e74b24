import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { Registry } from 'prom-client'
import { builtInMechanisms, type MechanismFactory } from '../mechanisms/index.js'
import { type Mechanism, MechanismRegistry } from '../discovery/index.js'
import type { Host } from './host.js'
import { UsageError } from './flags.js'

/**
 * All mechanisms that a command knows: those of muster, and those of `--discovery.mechanism`.
 * @throws {UsageError} when a module cannot be used
 */
export async function mechanismsOf(
  flags: { readonly 'discovery.mechanism': readonly string[] },
  { env }: Pick<Host, 'env'>,
  userAgent: string,
): Promise<MechanismRegistry> {
  const given = { registry: new Registry(), env, userAgent }
  const factories = await loadMechanisms(flags['discovery.mechanism'])
  const own = factories.map((create) => create(given))
  return new MechanismRegistry([...builtInMechanisms(given), ...own])
}

/**
 * Loads the modules of `--discovery.mechanism`. Each default-exports a function that is given what the
 * built-in mechanisms are given, and gives a mechanism.
 * @param files paths as the user wrote them
 * @returns the functions; they throw a {@link UsageError} when the module's own throws or gives no mechanism
 * @throws {UsageError} when a module cannot be loaded
 */
export async function loadMechanisms(
  files: readonly string[],
): Promise<readonly MechanismFactory[]> {
  return await Promise.all(files.map((file) => loadMechanism(file)))
}

async function loadMechanism(file: string): Promise<MechanismFactory> {
  const refuse = (what: string, cause?: unknown): UsageError =>
    new UsageError(`--discovery.mechanism=${file}: ${what}`, { cause })
  const wrap = (error: unknown): UsageError =>
    refuse(error instanceof Error ? error.message : String(error), error)
  let module: { readonly default?: unknown }
  try {
    module = (await import(pathToFileURL(path.resolve(file)).href)) as typeof module
  } catch (error) {
    throw wrap(error)
  }
  const { default: create } = module
  if (typeof create !== 'function') throw refuse('it has no function as default export')
  return (given) => {
    let made: unknown
    try {
      made = (create as (given: unknown) => unknown)(given)
    } catch (error) {
      throw wrap(error)
    }
    if (!isMechanism(made)) throw refuse('its function does not give a mechanism')
    return made
  }
}

function isMechanism(value: unknown): value is Mechanism {
  if (typeof value !== 'object' || value === null) return false
  const { name, key, section, create } = value as Partial<Record<keyof Mechanism, unknown>>
  return (
    typeof name === 'string' &&
    typeof key === 'string' &&
    typeof section === 'object' &&
    typeof create === 'function'
  )
}
