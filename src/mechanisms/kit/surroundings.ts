import type { Environment } from '../../http/index.js'

/** The value of a variable; empty where it is not set. */
export function variable(env: Environment, ...names: readonly string[]): string {
  return names.map((name) => env[name] ?? '').find((value) => value !== '') ?? ''
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
