import { type LabelTable, labelsFrom } from '../kit/labels.js'
import type { Labels } from '../../labels/index.js'
import type { XmlElement } from '../kit/xml.js'
import { textAt } from './elements.js'

/** Labels without their prefix, and the fields that they are: `endpoint_port: 'Endpoint.Port'`. */
export type FieldNames = Readonly<Record<string, string>>

/** Makes labels of an element of an answer. */
export type ElementLabels = (element: XmlElement) => Labels

/**
 * Makes labels of the fields of an answer; a field that is not there gives none.
 * @param times fields that are times: their labels have no fractions of a second
 * @param others labels that are more than a field
 */
export function fieldLabels(
  prefix: string,
  fields: FieldNames,
  times: FieldNames,
  others: LabelTable<XmlElement> = {},
): ElementLabels {
  const rows: Record<string, LabelTable<XmlElement>[string]> = {}
  for (const [label, path] of Object.entries(fields)) rows[label] = (one) => textAt(one, path)
  for (const [label, path] of Object.entries(times)) {
    rows[label] = (one) => withoutFraction(textAt(one, path))
  }
  return labelsFrom(prefix, { ...rows, ...others })
}

/** RFC 3339 in whole seconds, as Go prints it. */
function withoutFraction(time: string | undefined): string | undefined {
  return time?.replace(/\.\d+(?=Z|[+-])/, '')
}
