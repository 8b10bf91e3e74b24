import { Buffer } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createGunzip, createGzip } from 'node:zlib'
import { writeAtomically } from '../discovery/state/atomic-write.js'
import { fileErrorReason } from '../go/file-error.js'
import { processFiles } from '../go/files.js'
import type { SnapshotEvent } from './format.js'
import { SnapshotError } from './format.js'
import { readSnapshot, type SnapshotLimits, truncated } from './read.js'

/** Texts are packed in pieces of about this many characters. */
const pieceLength = 256 * 1024

/** Reading again what was written costs less than packing it well. */
const level = 3

/**
 * Writes a snapshot, packed, so that there is either the old file or the new one, whole.
 * @param lines from `snapshotLines`
 * @throws {SnapshotError} when the file cannot be written; the error of `lines`, with the file as it was
 */
export async function writeSnapshotFile(file: string, lines: AsyncIterable<string>): Promise<void> {
  const source = Readable.from(pieces(lines), { objectMode: false })
  const gzip = createGzip({ level })
  let failure: unknown
  // It also ends in the loop below, with the same error.
  const packing = pipeline(source, gzip).catch((error: unknown) => {
    failure = error
  })
  try {
    await writeAtomically(file, gzip)
  } catch (error) {
    await packing
    const reason = fileErrorReason(error)
    if (reason === undefined || error === failure) throw error
    throw new SnapshotError(`${file} cannot be written: ${reason}`, { cause: error })
  }
  await packing
}

async function* pieces(lines: AsyncIterable<string>): AsyncGenerator<Buffer, void, undefined> {
  let waiting: string[] = []
  let length = 0
  for await (const line of lines) {
    waiting.push(line)
    length += line.length
    if (length < pieceLength) continue
    yield Buffer.from(waiting.join(''))
    waiting = []
    length = 0
  }
  yield Buffer.from(waiting.join(''))
}

/**
 * Reads a snapshot file, packed or not, as `readSnapshot` does.
 * @throws {SnapshotError} when it cannot be read or used, in one sentence
 */
export async function* readSnapshotFile(
  file: string,
  limits?: SnapshotLimits,
): AsyncGenerator<SnapshotEvent, void, undefined> {
  try {
    const { kind } = await processFiles.stat(file)
    if (kind !== 'file') throw new SnapshotError(`${file} is not a file`)
    yield* readSnapshot(unpacked(file), file, limits)
  } catch (error) {
    if (error instanceof SnapshotError) throw error
    const reason = fileErrorReason(error)
    if (reason !== undefined) {
      throw new SnapshotError(`${file} cannot be read: ${reason}`, { cause: error })
    }
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code === 'Z_BUF_ERROR') throw truncated(file, error)
    if (code.startsWith('Z_')) {
      throw new SnapshotError(`${file} is damaged: record it again`, { cause: error })
    }
    throw error
  }
}

async function* unpacked(file: string): AsyncGenerator<Uint8Array, void, undefined> {
  const source = createReadStream(file, { highWaterMark: pieceLength })
  const chunks = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  try {
    const first = await chunks.next()
    if (first.done === true) return
    const all = rest(first.value, chunks)
    if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) {
      yield* all
      return
    }
    const gunzip = createGunzip({ chunkSize: pieceLength, finishFlush: constants.Z_FINISH })
    const done = pipeline(Readable.from(all, { objectMode: false }), gunzip)
    // What went wrong is thrown by the loop as well.
    done.catch(() => {})
    yield* gunzip as AsyncIterable<Buffer>
    await done
  } finally {
    source.destroy()
  }
}

async function* rest(
  first: Buffer,
  others: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer, void, undefined> {
  yield first
  for (;;) {
    const next = await others.next()
    if (next.done === true) return
    yield next.value
  }
}
