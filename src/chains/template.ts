import { type Labels, labelValue } from '../labels/index.js'
import { goQuote } from '../go/quote.js'
import { isLabelName } from '../relabel/index.js'
import { ChainError } from './chain-config.js'

const placeholder = /\{\{\s*([^{}\s]+)\s*\}\}/g

/** Keys whose value is the path of a file, which is read and may be sent to a server. */
const pathKey = /(?:_file|\.files\[[0-9]+\])$/

/** A part of a file name that leads into no other folder. */
const namePart = /^[A-Za-z0-9_-][A-Za-z0-9_.-]*$/

// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/

/** The labels that a text names as `{{label}}`. */
export function labelsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(placeholder), ([, name = '']) => name)
}

/** What is wrong with the braces of a text; undefined for a good one. */
export function faultOfText(text: string): string | undefined {
  const rest = text.replaceAll(placeholder, '')
  if (rest.includes('{{') || rest.includes('}}')) {
    return `${goQuote(text)}: write {{label}}, with the name of one label between the braces`
  }
  const bad = labelsIn(text).find((name) => !isLabelName(name, 'utf8'))
  return bad === undefined ? undefined : `${goQuote(bad)} is not a valid label name`
}

/** Puts something in the place of each `{{label}}`. */
export function replaceLabels(text: string, valueOf: (name: string) => string): string {
  return text.replaceAll(placeholder, (_, name: string) => valueOf(name))
}

/**
 * A text with the values of labels in it.
 * @param path the key that it belongs to: in the path of a file a value is a name without slashes
 * @throws {ChainError} for a label that is not there, or whose value may not stand in a config
 */
export function filledText(text: string, path: string, labels: Labels): string {
  return replaceLabels(text, (name) => {
    const value = labelValue(labels, name)
    if (value === '') throw new ChainError(`it has no label ${goQuote(name)}`)
    if (control.test(value)) {
      throw new ChainError(`label ${goQuote(name)} holds a control character`)
    }
    if (pathKey.test(path) && !namePart.test(value)) {
      throw new ChainError(
        `label ${goQuote(name)} is ${goQuote(value)}: in the path of a file only letters, digits, _, - and . may stand`,
      )
    }
    return value
  })
}
