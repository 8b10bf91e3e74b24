import { readRegular, readRegularSoon, secretLimit } from '../go/read-file.js'
import { Secret } from '../yaml/index.js'
import { HttpConfigError } from './errors.js'

/** Where a secret or a certificate comes from: written in the config, or in a file. */
export interface SecretSource {
  /** For error texts: `inline`, or `file /path`. */
  readonly description: string
  /** Whether it may change while muster runs. */
  readonly mutable: boolean
  /**
   * The text as it is now, without the white space around it, read while nothing else runs. Undefined
   * where its file system does not answer at once.
   */
  readNow(): string | undefined
  /** The text as it is now, without the white space around it. */
  read(signal?: AbortSignal): Promise<string>
}

function unreadable(file: string, cause: unknown): Error {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new Error(`unable to read file ${file}: ${reason}`, { cause })
}

/**
 * The source that a trio of keys (`x`, `x_file`, `x_ref`) names; undefined when none is set.
 * @throws {HttpConfigError} for a reference: neither Prometheus nor muster has a secret manager
 */
export function secretSource(
  inline: string | Secret,
  file: string,
  ref: string,
): SecretSource | undefined {
  const text = inline instanceof Secret ? inline.reveal() : inline
  if (text !== '') {
    return {
      description: 'inline',
      mutable: false,
      readNow: () => text,
      read: () => Promise.resolve(text),
    }
  }
  if (file !== '') {
    return {
      description: `file ${file}`,
      mutable: true,
      readNow() {
        try {
          return readRegularSoon(file, secretLimit)?.toString('utf8').trim()
        } catch (error) {
          throw unreadable(file, error)
        }
      },
      async read(signal) {
        try {
          const bytes = await readRegular(file, { limit: secretLimit, signal })
          return bytes.toString('utf8').trim()
        } catch (error) {
          if (signal?.aborted) throw error
          throw unreadable(file, error)
        }
      },
    }
  }
  if (ref !== '') throw new HttpConfigError('cannot use secret ref without manager')
  return undefined
}

/**
 * Runs a reader and puts what it was for in front of its error, as Prometheus does.
 * @param what `unable to read CA cert`
 * @throws {HttpConfigError} with the reader's error as its cause
 */
export function wrapErrors<T>(what: string, run: () => T): T {
  try {
    return run()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new HttpConfigError(`${what}: ${reason}`, { cause: error })
  }
}
