/**
 * Makes one element like another one, and touches nothing that is the same already: focus, selection and
 * the scroll position stay where they are. Children with an id are found again by it, others by their place.
 *
 * What a reader changes stays: whether `details` are open, and the value of a field that has the focus.
 * Elements with `data-own` belong to the script, and are not touched.
 */
export function morph(from: Element, to: Element): void {
  if (from.isEqualNode(to) || from.hasAttribute('data-own')) return
  const isField = from instanceof HTMLInputElement || from instanceof HTMLSelectElement
  if (isField && from === document.activeElement) return
  morphAttributes(from, to)
  if (!(from instanceof HTMLTextAreaElement)) morphChildren(from, to)
}

function morphAttributes(from: Element, to: Element): void {
  const kept = from instanceof HTMLDetailsElement ? 'open' : undefined
  // Copies: both lists change below.
  const before = Array.from(from.attributes)
  for (const { name } of before) {
    if (name !== kept && !to.hasAttribute(name)) from.removeAttribute(name)
  }
  for (const { name, value } of to.attributes) {
    if (name !== kept && from.getAttribute(name) !== value) from.setAttribute(name, value)
  }
}

function morphChildren(from: Element, to: Element): void {
  const own = [...from.children].filter((child) => child.hasAttribute('data-own'))
  const wanted = Array.from(to.childNodes)
  let next = skipOwn(from.firstChild)
  for (const child of wanted) {
    const known =
      child instanceof Element && child.id !== '' ? childById(from, child.id) : undefined
    const found = known ?? next
    if (found instanceof Element && child instanceof Element && isSameKind(found, child)) {
      if (found === next) next = skipOwn(found.nextSibling)
      else from.insertBefore(found, next)
      morph(found, child)
    } else if (found instanceof Text && child instanceof Text) {
      next = skipOwn(found.nextSibling)
      if (found.data !== child.data) found.data = child.data
    } else from.insertBefore(child, next)
  }
  while (next !== null) {
    const rest = next
    next = skipOwn(next.nextSibling)
    rest.remove()
  }
  for (const child of own) if (child.parentNode === null) from.append(child)
}

function isSameKind(a: Element, b: Element): boolean {
  return a.localName === b.localName && a.id === b.id
}

function childById(parent: Element, id: string): Element | undefined {
  return [...parent.children].find((child) => child.id === id)
}

/** The first of these siblings that does not belong to the script. */
function skipOwn(node: ChildNode | null): ChildNode | null {
  let at = node
  while (at instanceof Element && at.hasAttribute('data-own')) at = at.nextSibling
  return at
}
