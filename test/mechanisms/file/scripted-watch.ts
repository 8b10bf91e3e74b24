import type { FolderListener, WatchFolder } from '../../../src/mechanisms/file/index.js'

/** Watches that report what the test says. */
export class ScriptedWatch {
  readonly watched = new Map<string, FolderListener>()
  /** What the next watch is refused with. */
  refusal: Error | undefined

  readonly watch: WatchFolder = (folder, listener) => {
    if (this.refusal !== undefined) throw this.refusal
    this.watched.set(folder, listener)
    return () => {
      if (this.watched.get(folder) === listener) this.watched.delete(folder)
    }
  }

  changed(folder: string, name: string): void {
    this.watched.get(folder)?.changed(name)
  }
}
