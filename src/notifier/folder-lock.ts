import { randomUUID } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { rm, utimes, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { SchedulerLike } from 'rxjs'
import { writeAtomically } from '../discovery/state/atomic-write.js'
import { processFiles } from '../go/files.js'
import { readRegular } from '../go/read-file.js'
import { sleep } from '../waiting/sleep.js'

/** How often an owner shows that it is there; milliseconds. */
export const beatMs = 3000

/** An owner that has shown nothing for so long is taken for dead: several beats. */
const deadAfterMs = 12_000
const lookMs = 1000

/** An owner that has not looked for so long may have been taken for dead. */
const trustMs = 6000

/** Two that find the same dead owner at once: the later one to write has it after this. */
const raceMs = 200

const withinMs = 5000
const limit = 65_536

/** Another process has the folder. */
export class FolderLockedError extends Error {
  override readonly name = 'FolderLockedError'
  readonly code = 'ERR_NOTIFIER_LOCKED'

  constructor(folder: string, { pid, host }: Owner) {
    super(
      `${folder} is used by another process (pid ${String(pid)} on ${host}): give each its own folder`,
    )
  }
}

/** Who has a folder. */
interface Owner {
  readonly pid: number
  readonly host: string
  /** Where its process id means something: the boot of a system, and a namespace of processes in it. */
  readonly place: string
  /** When the process began, as the system counts: a process id is used again. */
  readonly start: string
  /** Differs from every other owner. */
  readonly token: string
}

/**
 * One process owns a folder. The file `lock` in it says who, and its time shows that the owner still runs: a
 * process that was killed leaves the file behind. Where that cannot be told (another container, another host),
 * an owner that has not touched the file for twelve seconds is taken for dead.
 */
export class FolderLock {
  readonly #folder: string
  readonly #file: string
  readonly #scheduler: SchedulerLike
  readonly #now: () => number
  readonly #own: Owner = { ...thisProcess(), token: randomUUID() }
  #checkedAt = Number.NEGATIVE_INFINITY

  /** @param now a clock that never goes back, in milliseconds */
  constructor(folder: string, scheduler: SchedulerLike, now: () => number) {
    this.#folder = folder
    this.#file = path.join(folder, 'lock')
    this.#scheduler = scheduler
    this.#now = now
  }

  /**
   * Takes the folder, which has to be there.
   * @throws {FolderLockedError} where another process has it; the signal's reason; the system's error
   */
  async acquire(signal: AbortSignal): Promise<void> {
    if (await this.#create()) return
    const owner = await this.#owner()
    if (owner !== undefined && owner.token !== this.#own.token && !isDead(owner)) {
      if (isHere(owner)) throw new FolderLockedError(this.#folder, owner)
      await this.#watch(owner, signal)
    }
    await writeAtomically(this.#file, [`${JSON.stringify(this.#own)}\n`])
    await sleep(raceMs, this.#scheduler, signal)
    await this.check()
  }

  /**
   * Shows that this process still has the folder.
   * @throws {FolderLockedError} where another process has it by now
   */
  async check(): Promise<void> {
    const begun = this.#now()
    const owner = await this.#owner()
    if (owner !== undefined && owner.token !== this.#own.token) {
      throw new FolderLockedError(this.#folder, owner)
    }
    if (owner === undefined) await writeAtomically(this.#file, [`${JSON.stringify(this.#own)}\n`])
    const time = new Date()
    await processFiles.step(this.#file, () => utimes(this.#file, time, time), withinMs)
    this.#checkedAt = begun
  }

  /** The same, where that was not done for so long that another process may have taken the folder. */
  async checkIfOld(): Promise<void> {
    if (this.#now() - this.#checkedAt > trustMs) await this.check()
  }

  /** Gives the folder back. */
  async release(): Promise<void> {
    if ((await this.#owner())?.token !== this.#own.token) return
    await processFiles.step(this.#file, () => rm(this.#file, { force: true }), withinMs)
  }

  /** @returns false where the file is there already */
  async #create(): Promise<boolean> {
    const write = (): Promise<void> =>
      writeFile(this.#file, `${JSON.stringify(this.#own)}\n`, { flag: 'wx', mode: 0o600 })
    try {
      await processFiles.step(this.#file, write, withinMs)
      this.#checkedAt = this.#now()
      return true
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
      throw error
    }
  }

  /** @throws {FolderLockedError} unless the owner shows nothing for a while */
  async #watch(owner: Owner, signal: AbortSignal): Promise<void> {
    const state = async (): Promise<string> => {
      const { inode, mtimeNs } = await processFiles.lstat(this.#file, { withinMs })
      return `${String(inode)} ${String(mtimeNs)}`
    }
    const first = await state()
    const end = this.#now() + deadAfterMs
    while (this.#now() < end) {
      await sleep(lookMs, this.#scheduler, signal)
      if ((await state()) !== first) throw new FolderLockedError(this.#folder, owner)
    }
  }

  /** Undefined where there is none, or the file is damaged. */
  async #owner(): Promise<Owner | undefined> {
    try {
      const bytes = await readRegular(this.#file, { limit, followLink: false, withinMs })
      const { pid, host, place, start, token } = JSON.parse(bytes.toString('utf8')) as Owner
      return Number.isSafeInteger(pid) && [host, place, start, token].every(isText)
        ? { pid, host, place, start, token }
        : undefined
    } catch (error) {
      const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
      if (isGone || error instanceof SyntaxError) return undefined
      throw error
    }
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

/** Whether its process id means the same here as there. */
function isHere({ place, host }: Owner): boolean {
  const own = thisProcess()
  return place === own.place && host === own.host
}

/** Whether it is certain that the owner does not run any more. */
function isDead(owner: Owner): boolean {
  if (!isHere(owner)) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EPERM')
  }
  // Another process has its number, or this one had it as a run before.
  return startOf(String(owner.pid)) !== owner.start
}

function thisProcess(): Omit<Owner, 'token'> {
  const boot = ofTheSystem(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim())
  const namespace = ofTheSystem(() => readlinkSync('/proc/self/ns/pid'))
  return {
    pid: process.pid,
    host: os.hostname(),
    place: `${boot} ${namespace}`,
    start: startOf('self'),
  }
}

/** When a process began, in ticks since the boot; empty where the system does not tell. */
function startOf(pid: string): string {
  const stat = ofTheSystem(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  // The name of the program, in parentheses, may have blanks and parentheses itself.
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

/** Linux alone has these files; they are not on a disk. */
function ofTheSystem(read: () => string): string {
  try {
    return read()
  } catch {
    return ''
  }
}
