import type { Labels } from '../labels/index.js'

/**
 * How many characters the labels of one target or alert may have together once the rules are done, names
 * included; also the most that one value may have which a rule reads or makes. Prometheus has no such
 * limit, and no target comes near it: all annotations of a Kubernetes object together have 256 KiB at most.
 */
export const maxLabelCharacters: number = 4 << 20

/** A target, or an alert, has labels that are too long, or a rule makes such ones. */
export class LabelSizeError extends Error {
  override readonly name = 'LabelSizeError'
  readonly code = 'ERR_RELABEL_SIZE'

  /**
   * @param what `the labels have`, `a rule makes`
   * @param limit in characters
   */
  constructor(what: string = 'the labels have', limit: number = maxLabelCharacters) {
    super(`${what} more than ${String(limit)} characters`)
  }
}

/**
 * Checks how long labels are together, names included.
 * @throws {LabelSizeError} when they are too long
 */
export function checkLabelSize(labels: Labels): void {
  let characters = 0
  for (const [name, value] of Object.entries(labels)) characters += name.length + value.length
  if (characters > maxLabelCharacters) throw new LabelSizeError()
}

/**
 * Hands on a text that a rule reads, or made of others.
 * @throws {LabelSizeError} when it is too long
 */
export function limited(text: string): string {
  if (text.length > maxLabelCharacters) throw new LabelSizeError('a rule reads or makes')
  return text
}

/** Steps longer than this together are not explained: all of them have to fit one text. */
const maxStepCharacters = 16 * maxLabelCharacters

/**
 * Checks how long the labels after every rule are together.
 * @throws {LabelSizeError} when they are too long to be shown
 */
export function checkSteps(steps: readonly { readonly output: Labels }[]): void {
  let characters = 0
  for (const { output } of steps) {
    for (const name in output) characters += name.length + (output[name]?.length ?? 0)
  }
  if (characters > maxStepCharacters) {
    throw new LabelSizeError('the steps together have', maxStepCharacters)
  }
}
