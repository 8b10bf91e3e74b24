import type { Ast } from '../../relabel/index.js'

const lastCodePoint = 0x10ffff

/** Whether an expression takes every text there is: `.*`, `(.*)`, `^.*$`. */
export function takesEverything(tree: Ast | undefined): boolean {
  switch (tree?.kind) {
    case 'group':
      return takesEverything(tree.body)
    case 'concat': {
      const parts = tree.items.filter(({ kind }) => kind !== 'assert')
      const areEdges = tree.items.every(
        (item, i) => item.kind !== 'assert' || i === 0 || i === tree.items.length - 1,
      )
      return areEdges && parts.length === 1 && takesEverything(parts[0])
    }
    case 'alternate':
      return tree.items.some(takesEverything)
    case 'repeat':
      return tree.min === 0 && tree.max === Infinity && isAnyCharacter(tree.body)
    case 'chars':
    case 'assert':
    case undefined:
      return false
  }
}

/** Whether a part is a dot, or what means the same. */
export function isAnyCharacter(tree: Ast): boolean {
  if (tree.kind === 'group') return isAnyCharacter(tree.body)
  if (tree.kind === 'concat') return tree.items.length === 1 && tree.items.every(isAnyCharacter)
  if (tree.kind !== 'chars') return false
  const { ranges } = tree
  // A dot that does not take line breaks is written as the ranges around them.
  return ranges[0] === 0 && ranges.at(-1) === lastCodePoint && ranges.length <= 4
}

/** The one character that a part takes; undefined where it takes others too. */
export function onlyCharacter(tree: Ast): string | undefined {
  if (tree.kind !== 'chars' || tree.ranges.length !== 2) return undefined
  const [low = 0, high] = tree.ranges
  return low === high ? String.fromCodePoint(low) : undefined
}

/** The text that every match begins with. */
export function literalPrefix(tree: Ast | undefined): string {
  return prefixOf(tree).text
}

function prefixOf(tree: Ast | undefined): { readonly text: string; readonly isAll: boolean } {
  switch (tree?.kind) {
    case 'chars': {
      const one = onlyCharacter(tree)
      return { text: one ?? '', isAll: one !== undefined }
    }
    case 'assert':
      return { text: '', isAll: true }
    case 'group':
      return prefixOf(tree.body)
    case 'concat': {
      let text = ''
      for (const item of tree.items) {
        const part = prefixOf(item)
        text += part.text
        if (!part.isAll) return { text, isAll: false }
      }
      return { text, isAll: true }
    }
    case 'alternate': {
      const all = tree.items.map((item) => prefixOf(item).text)
      const [first = ''] = all
      let end = 0
      while (end < first.length && all.every((text) => text[end] === first[end])) end += 1
      return { text: first.slice(0, end), isAll: false }
    }
    case 'repeat':
    case undefined:
      return { text: '', isAll: false }
  }
}
