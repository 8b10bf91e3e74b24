import type { AlertmanagerConfig } from '../config/index.js'
import type { Labels } from '../labels/index.js'
import { type NameScheme, Relabeler, type RelabelRule, type RelabelStep } from '../relabel/index.js'
import type { Place } from '../yaml/index.js'
import { discoveredLabels, type Resolution, resolveTarget, type ResolvedTarget } from './resolve.js'

/** Says what a section of `alerting.alertmanagers` makes of discovered targets, by the notifier's own code. */
export class AlertmanagerJudge {
  readonly #resolution: Resolution
  readonly #places: readonly Place[]

  /**
   * @param scheme which label names rules may make
   * @param places of `relabel_configs`; left out where the section is from no file
   * @throws {PatternError} when a rule cannot be compiled
   */
  constructor(config: AlertmanagerConfig, scheme: NameScheme, places: readonly Place[] = []) {
    const relabeler = new Relabeler(config.relabel_configs, scheme)
    this.#resolution = { scheme: config.scheme, pathPrefix: config.path_prefix, relabeler }
    this.#places = places
  }

  /** @param shared the labels of the target's group */
  verdict(target: Labels, shared: Labels = {}): ResolvedTarget {
    return resolveTarget(target, shared, this.#resolution)
  }

  /** A target's labels before the rules, with what its group and the section give it. */
  discovered(target: Labels, shared: Labels = {}): Labels {
    return discoveredLabels(target, shared, this.#resolution)
  }

  /**
   * What every rule makes of a target.
   * @throws {LabelSizeError} for labels that are too long, or a rule that makes such ones
   */
  explain(target: Labels, shared: Labels = {}): readonly RelabelStep[] {
    return this.#resolution.relabeler.explain(this.discovered(target, shared), 0)
  }

  /**
   * A rule as people see it: its number counts from 1.
   * @param index in `relabel_configs`, from 0
   */
  rule(
    index: number,
  ):
    | { readonly number: number; readonly rule: RelabelRule; readonly place: Place | undefined }
    | undefined {
    const rule = this.#resolution.relabeler.rules[index]
    return rule && { number: index + 1, rule, place: this.#places[index] }
  }
}
