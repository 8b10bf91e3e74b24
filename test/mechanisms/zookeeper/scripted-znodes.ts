import { Observable, Subject } from 'rxjs'
import { ZookeeperError } from '../../../src/mechanisms/zookeeper/errors.js'
import type { Answer, Change, Znode, Znodes } from '../../../src/mechanisms/zookeeper/znodes.js'

/** A session whose server answers when the test says so, in the order of the requests or in another. */
export class ScriptedZnodes implements Znodes {
  readonly changes = new Subject<Change>()
  /** Everything that was asked, `data /a`. */
  readonly asked: string[] = []
  readonly #open = new Map<string, ((answer: Answer<never>) => void)[]>()

  data(path: string): Observable<Answer<Znode>> {
    return this.#ask(`data ${path}`)
  }

  children(path: string): Observable<Answer<readonly string[]>> {
    return this.#ask(`children ${path}`)
  }

  exists(path: string): Observable<Answer<true>> {
    return this.#ask(`exists ${path}`)
  }

  /** What has no answer yet. */
  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  /** Answers a read of data. */
  giveData(path: string, data: string, isEphemeral = false): void {
    this.#answer(`data ${path}`, { kind: 'found', value: { data: Buffer.from(data), isEphemeral } })
  }

  giveChildren(path: string, ...names: readonly string[]): void {
    this.#answer(`children ${path}`, { kind: 'found', value: names })
  }

  /** Answers that there is no such znode; or only that it is there now. */
  giveExists(path: string, isThere: boolean): void {
    this.#answer(`exists ${path}`, isThere ? { kind: 'found', value: true } : { kind: 'missing' })
  }

  giveMissing(what: string): void {
    this.#answer(what, { kind: 'missing' })
  }

  giveFailure(what: string, message: string): void {
    this.#answer(what, { kind: 'failed', error: new ZookeeperError(message) })
  }

  #ask<T>(what: string): Observable<Answer<T>> {
    return new Observable((subscriber) => {
      this.asked.push(what)
      const waiting = this.#open.get(what) ?? []
      this.#open.set(what, waiting)
      waiting.push((answer) => {
        subscriber.next(answer)
        subscriber.complete()
      })
    })
  }

  #answer(what: string, answer: Answer<unknown>): void {
    const [first, ...others] = this.#open.get(what) ?? []
    if (first === undefined) throw new Error(`nothing asks for ${what}: ${this.open.join(', ')}`)
    if (others.length > 0) this.#open.set(what, others)
    else this.#open.delete(what)
    // The values are those of the read that asked.
    first(answer as Answer<never>)
  }
}
