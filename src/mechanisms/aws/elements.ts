import { childOf, childrenOf, textOf, type XmlElement } from '../kit/xml.js'

/** The elements of a list in an answer; none where there is no such list. */
export function itemsOf(
  element: XmlElement | undefined,
  list: string,
  item = 'item',
): readonly XmlElement[] {
  const found = element && childOf(element, list)
  return found === undefined ? [] : childrenOf(found, item)
}

/** The text of a child; undefined where there is no such child. */
export function given(element: XmlElement | undefined, name: string): string | undefined {
  return element && childOf(element, name)?.text
}

/** The text of a child of a child; empty where there is none. */
export function nested(element: XmlElement, outer: string, inner: string): string {
  const found = childOf(element, outer)
  return found === undefined ? '' : textOf(found, inner)
}

/** The text of a child, or of a child of a child: `Port`, `Endpoint.Port`. Undefined where it is not there. */
export function textAt(element: XmlElement, path: string): string | undefined {
  let at: XmlElement | undefined = element
  for (const name of path.split('.')) at = at && childOf(at, name)
  return at?.text
}
