import { Observable, type Operator, Subscriber, type Subscription } from 'rxjs'

type Next<T> = (value: T) => void
type Handlers<T> = {
  readonly next?: Next<T> | undefined
  readonly error?: ((error: unknown) => void) | undefined
  readonly complete?: (() => void) | undefined
}

/**
 * A stream whose subscribers may throw. rxjs itself ends the process for that; here the error goes to
 * `onThrown`, and all of them get what follows. Streams made of it with `pipe` do the same, and an error of
 * theirs that has no handler goes there as well. What `merge` and the like make of several is rxjs' own again.
 */
export function safeStream<T>(
  source: Observable<T>,
  onThrown: (error: unknown) => void,
): Observable<T> {
  return new SafeStream((subscriber) => source.subscribe(subscriber), onThrown)
}

class SafeStream<T> extends Observable<T> {
  readonly #onThrown: (error: unknown) => void

  constructor(
    subscribe: (subscriber: Subscriber<T>) => Subscription,
    onThrown: (error: unknown) => void,
  ) {
    super(subscribe)
    this.#onThrown = onThrown
  }

  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const lifted = super.lift(operator)
    return safeStream(lifted, this.#onThrown)
  }

  override subscribe(
    given?: Handlers<T> | Next<T> | null,
    error?: Handlers<T>['error'] | null,
    complete?: Handlers<T>['complete'] | null,
  ): Subscription {
    // An operator, or a promise that waits for a value: what is behind it is called by a stream of ours, or never throws.
    if (given instanceof Subscriber) return super.subscribe(given)
    const handlers: Handlers<T> =
      typeof given === 'object' && given !== null
        ? given
        : { next: given ?? undefined, error: error ?? undefined, complete: complete ?? undefined }
    return super.subscribe({
      next: (value) => this.#attempt(() => handlers.next?.(value)),
      error: (thrown) =>
        this.#attempt(() => {
          if (handlers.error === undefined) throw thrown
          handlers.error(thrown)
        }),
      complete: () => this.#attempt(() => handlers.complete?.()),
    })
  }

  #attempt(call: () => void): void {
    try {
      call()
    } catch (thrown) {
      this.#onThrown(thrown)
    }
  }
}
