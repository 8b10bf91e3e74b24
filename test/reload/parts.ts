import type { Prepared, Reloadable } from '../../src/reload/index.js'

/** What a part does instead of succeeding. */
export interface PartFaults {
  readonly prepare?: (config: string) => Promise<void> | void
  readonly commit?: Error
  readonly discard?: Error
}

/** A part that writes down what happens to it, and fails where told. */
export function loggingPart(
  name: string,
  log: string[],
  faults: PartFaults = {},
): Reloadable<string> {
  const step = (what: string, fault: Error | undefined): void => {
    log.push(`${name}:${what}`)
    if (fault !== undefined) throw fault
  }
  return {
    name,
    async prepare(config): Promise<Prepared> {
      log.push(`${name}:prepare(${config})`)
      await faults.prepare?.(config)
      return {
        changes: [`${name} takes ${config}`],
        commit: () => step(`commit(${config})`, faults.commit),
        discard: () => step(`discard(${config})`, faults.discard),
      }
    },
  }
}

/** A fault that refuses a config: that one, or every one. */
export function refuse(message: string, only?: string): (config: string) => void {
  return (config) => {
    if (only === undefined || config === only) throw new Error(message)
  }
}

/** A promise that the test settles. */
export interface Held<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(error: unknown): void
}

export function held<T>(): Held<T> {
  let resolve: (value: T) => void = unready
  let reject: (error: unknown) => void = unready
  const promise = new Promise<T>((ok, fail) => {
    resolve = ok
    reject = fail
  })
  return { promise, resolve: (value) => resolve(value), reject: (error) => reject(error) }
}

/** Lets everything that is ready to run do so: a macrotask comes after all microtasks. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}

function unready(): never {
  throw new Error('the promise was settled before it was made')
}
