import { Observable, type Subscriber } from 'rxjs'
import type { WatchFolder } from '../../../src/mechanisms/file/index.js'

/** Watches that report what the test says. */
export class ScriptedWatch {
  readonly watched = new Map<string, Subscriber<string | undefined>>()
  /** What the next watch is refused with. */
  refusal: Error | undefined

  readonly watch: WatchFolder = (folder) =>
    new Observable((subscriber) => {
      if (this.refusal !== undefined) throw this.refusal
      this.watched.set(folder, subscriber)
      return () => {
        if (this.watched.get(folder) === subscriber) this.watched.delete(folder)
      }
    })

  changed(folder: string, name: string): void {
    this.watched.get(folder)?.next(name)
  }
}
