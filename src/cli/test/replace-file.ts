import { randomUUID } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { fileErrorReason } from '../../go/file-error.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { FixtureError } from './fixture.js'

const usualMode = 0o666
const permissions = 0o777

/**
 * Writes a file of the user's, so that there is either the old one or the new one, whole. What a link leads to is
 * written, and a file that is there keeps its permissions.
 * @throws {FixtureError} when it cannot be written
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file)
  const draft = `${target}.${randomUUID()}.tmp`
  try {
    const mode = await stat(target).then(
      (known) => known.mode & permissions,
      () => usualMode,
    )
    const handle = await open(draft, 'wx', mode)
    try {
      await handle.writeFile(text)
    } finally {
      await handle.close()
    }
    await rename(draft, target)
  } catch (error) {
    await rm(draft, { force: true })
    const reason = fileErrorReason(error) ?? errorMessage(error)
    throw new FixtureError(`${file} cannot be written: ${reason}`, { cause: error })
  }
}
