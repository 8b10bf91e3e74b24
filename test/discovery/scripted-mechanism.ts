import { Observable, type Subscriber } from 'rxjs'
import type { DiscovererContext, Mechanism, TargetGroup } from '../../src/discovery/index.js'
import type { Type } from '../../src/yaml/index.js'

const anything: Type<unknown> = {
  name: 'anything',
  zero: () => undefined,
  decode: () => undefined,
  encode: () => undefined,
}

/** One discoverer of a scripted mechanism: the test decides what it emits and when. */
export class Script {
  subscriptions = 0
  isSubscribed = false
  context: DiscovererContext | undefined
  #subscriber: Subscriber<readonly TargetGroup[]> | undefined

  readonly stream: Observable<readonly TargetGroup[]> = new Observable((subscriber) => {
    this.subscriptions += 1
    this.isSubscribed = true
    this.#subscriber = subscriber
    return () => {
      this.isSubscribed = false
    }
  })

  emit(...groups: readonly TargetGroup[]): void {
    this.#subscriber?.next(groups)
  }

  emitAnything(value: unknown): void {
    this.#subscriber?.next(value as readonly TargetGroup[])
  }

  fail(error: unknown): void {
    this.#subscriber?.error(error)
  }

  complete(): void {
    this.#subscriber?.complete()
  }
}

/** A mechanism whose discoverers are scripts, by the text of their config. */
export class ScriptedMechanism implements Mechanism<string> {
  readonly name: string
  readonly key: string
  readonly section: Type<string> = anything as Type<string>
  readonly created: string[] = []
  /** What `create` throws for a config. */
  readonly refusals = new Map<string, unknown>()
  readonly #scripts = new Map<string, Script>()

  constructor(name = 'scripted') {
    this.name = name
    this.key = `${name}_sd_configs`
  }

  script(config: string): Script {
    let script = this.#scripts.get(config)
    if (script === undefined) this.#scripts.set(config, (script = new Script()))
    return script
  }

  create(
    config: string,
    context: DiscovererContext,
  ): { groups(): Observable<readonly TargetGroup[]> } {
    this.created.push(config)
    const refusal = this.refusals.get(config)
    if (refusal !== undefined) throw refusal as Error
    const script = this.script(config)
    script.context = context
    return { groups: () => script.stream }
  }
}

/** A group of these addresses. */
export function group(source: string, ...addresses: readonly string[]): TargetGroup {
  return { source, labels: {}, targets: addresses.map((address) => ({ __address__: address })) }
}
