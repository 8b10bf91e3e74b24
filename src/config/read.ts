import { createReadStream } from 'node:fs'
import { fileErrorReason } from '../go/file-error.js'
import { FileRefusedError, tooLarge } from '../go/file-call.js'
import { configLimit, readRegular } from '../go/read-file.js'

/** A config file cannot be read; says so in Go's words: `open x.yml: no such file or directory`. */
export class ConfigReadError extends Error {
  override readonly name = 'ConfigReadError'
  readonly code = 'ERR_CONFIG_READ'
  readonly file: string

  constructor(file: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.file = file
  }
}

/** Reads a file; the default reads from disk, tests and embedders bring their own. */
export type ReadFile = (file: string) => Promise<Uint8Array>

/**
 * Reads a config file from disk. A pipe is refused, also one of the shell (`<(...)`): the file is read
 * again and again, for its checksum and at every reload, and a pipe can be read once.
 * @throws {ConfigReadError} when it cannot be read, is no regular file, or has more than 64 MiB
 */
export async function readConfigFile(file: string): Promise<Uint8Array> {
  try {
    return await readRegular(file, { limit: configLimit })
  } catch (error) {
    throw readError(file, error)
  }
}

/** What the shell has opened for a command: `-` has no such path, but `/dev/stdin` and `<(...)` have. */
const openDescriptor = /^\/(?:dev\/(?:stdin|fd\/[0-9]+)|proc\/(?:self|[0-9]+)\/fd\/[0-9]+)$/

/**
 * The same for a command that reads each file once: takes what the shell has opened as well, pipes
 * included.
 * @throws {ConfigReadError} as {@link readConfigFile}
 */
export async function readConfigInput(file: string): Promise<Uint8Array> {
  if (!openDescriptor.test(file)) return readConfigFile(file)
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(file)) {
      const buffer = chunk as Buffer
      chunks.push(buffer)
      size += buffer.length
      if (size > configLimit) throw tooLarge(configLimit)
    }
  } catch (error) {
    throw readError(file, error)
  }
  return Buffer.concat(chunks)
}

/** The system's error is not the cause where Go has words for it: it would say the same again. */
function readError(file: string, error: unknown): ConfigReadError {
  const known = fileErrorReason(error)
  const reason = known ?? (error instanceof Error ? error.message : String(error))
  const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR'
  const verb = isFolder || error instanceof FileRefusedError ? 'read' : 'open'
  const message = `${verb} ${file}: ${reason}`
  return new ConfigReadError(file, message, known === undefined ? { cause: error } : {})
}
