import { existsSync, lstatSync, mkdirSync, realpathSync } from 'node:fs'
import nodeModule from 'node:module'
import path from 'node:path'

/** What of `node:module` is used; Node 22.8 is the first to have the one, 22.10 the other. */
export interface CompileCaching {
  enableCompileCache?(folder: string): unknown
  flushCompileCache?(): void
}

/** The process whose code is kept. */
export interface CompilingProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Undefined where users have no numbers. */
  getuid?(): number
}

const writableByOthers = 0o022
const sticky = 0o1000

/**
 * Has Node keep the code that V8 makes of the program's files, in a folder of this user: the next start then
 * compiles nothing. Nothing is kept where no folder is safe, where Node is too old, or where
 * `NODE_DISABLE_COMPILE_CACHE` is set; with `NODE_COMPILE_CACHE`, Node keeps it there.
 * To be called after all flags of V8 are set, which are part of what makes the code fit.
 * @returns to be called when the program is loaded: writes what is new
 */
export function keepCompiledCode(
  process: CompilingProcess,
  caching: CompileCaching = nodeModule as CompileCaching,
): () => void {
  const { NODE_DISABLE_COMPILE_CACHE: refused, NODE_COMPILE_CACHE: given } = process.env
  if (refused !== undefined || caching.enableCompileCache === undefined) return () => undefined
  if (given === undefined) {
    const folder = safeFolder(process)
    if (folder === undefined) return () => undefined
    caching.enableCompileCache(folder)
  }
  return () => caching.flushCompileCache?.()
}

/** The folder of a user's caches, by systemd or by the XDG Base Directory Specification. */
function cacheFolder({
  env: { CACHE_DIRECTORY, XDG_CACHE_HOME, HOME },
}: CompilingProcess): string | undefined {
  const home = HOME === undefined ? undefined : path.join(HOME, '.cache')
  const folders = [CACHE_DIRECTORY?.split(':')[0], XDG_CACHE_HOME, home]
  return folders.find((folder) => folder !== undefined && path.isAbsolute(folder))
}

/**
 * A folder that no other user can put anything into or replace: what is in it is run. It is made where there is none.
 * Undefined where it would not be safe.
 */
function safeFolder(process: CompilingProcess): string | undefined {
  const parent = cacheFolder(process)
  const user = process.getuid?.()
  if (parent === undefined || user === undefined) return undefined
  try {
    if (!isSafe(realpathSync(existing(parent)), user)) return undefined
    mkdirSync(path.join(parent, 'muster'), { recursive: true, mode: 0o700 })
    const folder = realpathSync(path.join(parent, 'muster'))
    const { uid, mode } = lstatSync(folder)
    const isOwn = uid === user && (mode & writableByOthers) === 0
    return isOwn && isSafe(path.dirname(folder), user) ? folder : undefined
  } catch {
    // A disk that is full or read-only: the program starts as it does without.
    return undefined
  }
}

/** The folder, or the nearest one above it that exists. */
function existing(folder: string): string {
  return existsSync(folder) ? folder : existing(path.dirname(folder))
}

/** Whether it and all folders above it are this user's or root's alone to change. */
function isSafe(folder: string, user: number): boolean {
  const { uid, mode } = lstatSync(folder)
  const isOpen = (mode & writableByOthers) !== 0 && (mode & sticky) === 0
  if (isOpen || (uid !== user && uid !== 0)) return false
  const above = path.dirname(folder)
  return above === folder || isSafe(above, user)
}
