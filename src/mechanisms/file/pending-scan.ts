import { defer, type Observable, of, Subject } from 'rxjs'

/** What a scan looks at. */
export type Scan =
  /** All files that match. With `force` also those whose stamps are the same are read. */
  | { readonly kind: 'everything'; readonly force: boolean }
  | { readonly kind: 'files'; readonly paths: Iterable<string> }

type Pending =
  | { readonly kind: 'everything'; readonly force: boolean }
  /** None of them: nothing to look at. */
  | { readonly kind: 'files'; readonly paths: Set<string> }

/** The next scan. What is due while another scan runs is merged into it. */
export class PendingScan {
  readonly #added = new Subject<void>()
  #pending: Pending

  constructor(first: Scan) {
    this.#pending = merged({ kind: 'files', paths: new Set() }, first)
  }

  /** Emits when there is something to look at: at once where there is something already. */
  get due(): Observable<void> {
    return defer(() => (this.#isEmpty ? this.#added : of(undefined)))
  }

  add(scan: Scan): void {
    this.#pending = merged(this.#pending, scan)
    if (!this.#isEmpty) this.#added.next()
  }

  /** What to look at now; nothing is pending after that. */
  take(): Scan {
    const scan = this.#pending
    this.#pending = { kind: 'files', paths: new Set() }
    return scan
  }

  get #isEmpty(): boolean {
    return this.#pending.kind === 'files' && this.#pending.paths.size === 0
  }
}

function merged(pending: Pending, scan: Scan): Pending {
  if (scan.kind === 'everything') {
    const force = scan.force || (pending.kind === 'everything' && pending.force)
    return { kind: 'everything', force }
  }
  if (pending.kind === 'files') for (const path of scan.paths) pending.paths.add(path)
  return pending
}
