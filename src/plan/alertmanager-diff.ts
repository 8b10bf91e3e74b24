import type { AlertmanagerConfig } from '../config/index.js'
import type { TargetGroup } from '../discovery/index.js'
import { AlertmanagerJudge } from '../notifier/judgement.js'
import type { NameScheme } from '../relabel/index.js'
import type { Place } from '../yaml/index.js'
import type { AlertmanagerPlan, Reason } from './plan.js'
import { ruleName } from './resolve.js'
import { alertmanagerSettings } from './settings.js'

/** One version of a section. */
export interface AlertmanagerVersion {
  readonly name: string
  readonly config: AlertmanagerConfig
  readonly scheme: NameScheme
  readonly places: readonly Place[]
}

/** Compares the Alertmanagers of two versions of a section. */
export class AlertmanagerDiff {
  readonly before: AlertmanagerVersion | undefined
  readonly after: AlertmanagerVersion | undefined
  readonly #old: AlertmanagerJudge | undefined
  readonly #new: AlertmanagerJudge | undefined
  readonly #oldUrls = new Map<string, Reason | undefined>()
  readonly #newUrls = new Set<string>()

  /** @throws {PatternError} when a rule cannot be compiled */
  constructor(before: AlertmanagerVersion | undefined, after: AlertmanagerVersion | undefined) {
    this.before = before
    this.after = after
    this.#old = before && judgeOf(before)
    this.#new = after && judgeOf(after)
  }

  /** Takes a group that one of the versions discovers, or both. */
  take({ targets, labels }: TargetGroup, inBefore: boolean, inAfter: boolean): void {
    for (const target of targets) {
      const is = inAfter ? this.#new?.verdict(target, labels) : undefined
      if (is?.kind === 'active') this.#newUrls.add(is.url)
      const was = inBefore ? this.#old?.verdict(target, labels) : undefined
      if (was?.kind !== 'active') continue
      const reason: Reason | undefined =
        is?.kind === 'failed'
          ? { kind: 'failed', fault: is.fault }
          : is?.kind === 'dropped' && this.#new !== undefined
            ? dropped(this.#new.explain(target, labels), this.#new)
            : undefined
      this.#oldUrls.set(was.url, this.#oldUrls.get(was.url) ?? reason)
    }
  }

  /** @param masked whether the secrets of the old version are known as printed only */
  plan(masked: boolean, unknown: readonly string[]): AlertmanagerPlan | undefined {
    const { before, after } = this
    const added = [...this.#newUrls].filter((url) => !this.#oldUrls.has(url))
    const removed = [...this.#oldUrls]
      .filter(([url]) => !this.#newUrls.has(url))
      .map(([url, reason]) => ({ url, ...(reason && { reason }) }))
    const settings =
      before && after ? alertmanagerSettings(before.config, after.config, masked) : []
    const kind = before === undefined ? 'new' : after === undefined ? 'gone' : 'changed'
    if (
      kind === 'changed' &&
      added.length + removed.length + settings.length + unknown.length === 0
    )
      return undefined
    return {
      section: after?.name ?? before?.name ?? '',
      kind,
      before: this.#oldUrls.size,
      after: this.#newUrls.size,
      settings,
      added,
      removed,
      unknown,
    }
  }
}

function judgeOf({ config, scheme, places }: AlertmanagerVersion): AlertmanagerJudge {
  return new AlertmanagerJudge(config, scheme, places)
}

function dropped(steps: readonly { readonly keep: boolean }[], judge: AlertmanagerJudge): Reason {
  const at = steps.findIndex(({ keep }) => !keep)
  const by = ruleName(judge.rule(at), 'after')
  return { kind: 'dropped', ...(by && { by }) }
}
