import { type Observable, Subject } from 'rxjs'
import { type FileRecord, workOn } from './file-record.js'

/** What is known of every state file, by file name. */
export class FileRecords {
  readonly #records = new Map<string, FileRecord>()
  readonly #work = new Subject<void>()

  /** Emits when a file has to be written or removed. */
  get work(): Observable<void> {
    return this.#work.asObservable()
  }

  /** Whether a file has to be written or removed. */
  get hasWork(): boolean {
    return [...this.#records.values()].some((record) => workOn(record) !== undefined)
  }

  get(name: string): FileRecord | undefined {
    return this.#records.get(name)
  }

  /** @param next the record after something happened; undefined ends it */
  set(name: string, next: FileRecord | undefined): void {
    if (next === undefined) this.#records.delete(name)
    else this.#records.set(name, next)
    if (workOn(next) !== undefined) this.#work.next()
  }

  [Symbol.iterator](): Iterator<readonly [name: string, record: FileRecord]> {
    return this.#records[Symbol.iterator]()
  }
}
