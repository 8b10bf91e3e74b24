export { CacheBudget } from './cache-budget.js'
export { type Collected, Collector, type LabelValues } from './collector.js'
export { compareNames, NameList } from './name-list.js'
export { checkLabelSize, checkSteps, LabelSizeError, maxLabelCharacters } from './label-size.js'
export { withOrder } from './label-order.js'
export { isLabelName, isUtf8, type NameScheme } from './label-name.js'
export { RelabelThread, type RelabelThreadOptions, type RelabelWorker } from './relabel-thread.js'
export type { ThreadAnswer, ThreadJob, ThreadStep } from './thread-work.js'
export { PatternError } from './regex/pattern.js'
export { CompiledRules, explainSteps, Relabeler, type RelabelStep } from './relabeler.js'
export {
  actions,
  defaultRule,
  type PlainRule,
  plainRule,
  type RelabelAction,
  type RelabelRule,
  relabelRule,
} from './rule.js'
export { compileMatch, type ReadableLabels, readableLabels, type RuleMatch } from './rule-match.js'
export type { Ast } from './regex/ast.js'
export { RuleRegex, templateOf } from './rule-regex.js'
export { relabelRuleSection } from './section.js'
export { maxWork, RelabelWorkError, Work } from './work.js'
export { Shape } from './shape.js'
export { type Shaped, ShapeCache } from './shape-cache.js'
export type { Step } from './actions/step.js'
export { type RuleIssue, validateRule } from './validate.js'
