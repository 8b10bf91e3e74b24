import { createReadStream } from 'node:fs'
import { fileErrorReason } from '../go/file-error.js'

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

const megabyte = 1024 * 1024
const maxMegabytes = 64

/**
 * Reads a config file from disk.
 * @throws {ConfigReadError} when it cannot be read, or has more than 64 MiB
 */
export async function readConfigFile(file: string): Promise<Uint8Array> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of createReadStream(file)) {
      const buffer = chunk as Buffer
      chunks.push(buffer)
      size += buffer.length
      if (size > maxMegabytes * megabyte) {
        const limit = `${String(maxMegabytes)} MiB`
        throw new ConfigReadError(file, `read ${file}: a config file may have at most ${limit}`)
      }
    }
  } catch (error) {
    if (error instanceof ConfigReadError) throw error
    throw readError(file, error)
  }
  return Buffer.concat(chunks)
}

/** The system's error is not the cause where Go has words for it: it would say the same again. */
function readError(file: string, error: unknown): ConfigReadError {
  const known = fileErrorReason(error)
  const reason = known ?? (error instanceof Error ? error.message : String(error))
  const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR'
  const message = `${isFolder ? 'read' : 'open'} ${file}: ${reason}`
  return new ConfigReadError(file, message, known === undefined ? { cause: error } : {})
}
