import { goQuote } from '../../go/quote.js'
import { type Labels, labelValue } from '../../labels/index.js'

/**
 * The labels of two sets, a line each, in the order of their names: `  ` before those that are the same, `- `
 * before what is only expected, `+ ` before what there is instead.
 */
export function labelDiff(expected: Labels, got: Labels): readonly string[] {
  const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])].sort()
  return names.flatMap((name) => {
    const [wanted, is] = [labelValue(expected, name), labelValue(got, name)]
    if (wanted === is) return is === '' ? [] : [`  ${pair(name, is)}`]
    return [
      ...(wanted === '' ? [] : [`- ${pair(name, wanted)}`]),
      ...(is === '' ? [] : [`+ ${pair(name, is)}`]),
    ]
  })
}

/** Whether two sets have the same labels; an empty value is no label. */
export function sameLabels(one: Labels, other: Labels): boolean {
  return isWithin(one, other) && isWithin(other, one)
}

function isWithin(one: Labels, other: Labels): boolean {
  for (const name of Object.keys(one)) {
    if (labelValue(one, name) !== labelValue(other, name)) return false
  }
  return true
}

/** `team="x"` */
export function pair(name: string, value: string): string {
  return `${goQuote(name).slice(1, -1)}=${goQuote(value)}`
}
