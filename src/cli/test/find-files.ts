import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { fileErrorReason } from '../../go/file-error.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { FixtureError } from './fixture.js'

/** How the names of test files end. */
const suffix = /\.muster-test\.ya?ml$/

// A folder in a folder, and so on; links to folders are not followed.
const maxDepth = 64

/**
 * The test files that are meant: files as they are named, and what lies in folders.
 * @param named files and folders; left out: the current folder
 * @throws {FixtureError} for what is not there, and where there is no test file at all
 */
export async function findTestFiles(named: readonly string[]): Promise<readonly string[]> {
  const found: string[] = []
  for (const one of named.length === 0 ? ['.'] : named) {
    if (await isFolder(one)) found.push(...(await filesIn(one, 0)))
    else found.push(one)
  }
  if (found.length > 0) return [...new Set(found)]
  const where = named.length === 0 ? 'this folder' : named.join(', ')
  throw new FixtureError(`there is no test file in ${where}: their names end in .muster-test.yml`)
}

async function isFolder(named: string): Promise<boolean> {
  try {
    return (await stat(named)).isDirectory()
  } catch (error) {
    throw unreadable(named, error)
  }
}

async function filesIn(folder: string, depth: number): Promise<readonly string[]> {
  if (depth > maxDepth) return []
  const files: string[] = []
  for (const entry of await entriesOf(folder)) {
    const name = folder === '.' ? entry.name : path.join(folder, entry.name)
    const isHidden = entry.name.startsWith('.') || entry.name === 'node_modules'
    if (entry.isDirectory()) {
      if (!isHidden) files.push(...(await filesIn(name, depth + 1)))
    } else if (suffix.test(entry.name)) files.push(name)
  }
  return files
}

async function entriesOf(folder: string) {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  } catch (error) {
    throw unreadable(folder, error)
  }
}

function unreadable(named: string, error: unknown): FixtureError {
  const reason = fileErrorReason(error) ?? errorMessage(error)
  return new FixtureError(`open ${named}: ${reason}`, { cause: error })
}
