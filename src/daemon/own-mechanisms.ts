import path from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Mechanism } from '../discovery/index.js'
import type { MechanismsOptions } from '../mechanisms/index.js'
import { UsageError } from '../cli/usage-error.js'

/**
 * Loads mechanisms from modules. Each default-exports a function that is given what the built-in ones
 * are given, and gives a mechanism.
 * @param files paths as the user wrote them
 * @throws {UsageError} when a module cannot be loaded or does not give a mechanism
 */
export async function ownMechanisms(
  files: readonly string[],
  options: MechanismsOptions,
): Promise<readonly Mechanism[]> {
  return await Promise.all(files.map((file) => ownMechanism(file, options)))
}

async function ownMechanism(file: string, options: MechanismsOptions): Promise<Mechanism> {
  const refuse = (what: string, cause?: unknown): UsageError =>
    new UsageError(`--discovery.mechanism=${file}: ${what}`, { cause })
  let made: unknown
  try {
    const module = (await import(pathToFileURL(path.resolve(file)).href)) as { default?: unknown }
    if (typeof module.default !== 'function') throw refuse('it has no function as default export')
    made = (module.default as (given: MechanismsOptions) => unknown)(options)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw refuse(error instanceof Error ? error.message : String(error), error)
  }
  if (!isMechanism(made)) throw refuse('its function does not give a mechanism')
  return made
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
