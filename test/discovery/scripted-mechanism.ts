import { Observable, type Subscriber } from 'rxjs'
import type {
  Discoverer,
  DiscovererContext,
  Finding,
  Mechanism,
  TargetGroup,
} from '../../src/discovery/index.js'
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
  #subscriber: Subscriber<Finding> | undefined

  readonly stream: Observable<Finding> = new Observable((subscriber) => {
    this.subscriptions += 1
    this.isSubscribed = true
    this.#subscriber = subscriber
    return () => {
      this.isSubscribed = false
    }
  })

  /** Emits a complete finding of these groups. */
  emit(...groups: readonly TargetGroup[]): void {
    this.#subscriber?.next({ groups, complete: true })
  }

  find(finding: Finding): void {
    this.#subscriber?.next(finding)
  }

  emitAnything(value: unknown): void {
    this.#subscriber?.next(value as Finding)
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

  create(config: string, context: DiscovererContext): Discoverer {
    this.created.push(config)
    const refusal = this.refusals.get(config)
    if (refusal !== undefined) throw refusal as Error
    const script = this.script(config)
    script.context = context
    return { findings: () => script.stream }
  }
}

/** A group of these addresses. */
export function group(source: string, ...addresses: readonly string[]): TargetGroup {
  return { source, labels: {}, targets: addresses.map((address) => ({ __address__: address })) }
}
