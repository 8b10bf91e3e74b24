import { type Ast, Untranslatable } from './ast.js'
import { parseClass } from './parse-class.js'
import { classEscape, literalEscape } from './parse-escape.js'
import { anything, foldAscii, notNewline, type Ranges } from './code-point-ranges.js'
import { Reader } from './reader.js'

interface Flags {
  readonly fold: boolean
  readonly dotAll: boolean
}

const repeat = /\{(0|[1-9][0-9]*)(,(0|[1-9][0-9]*)?)?\}/y
const flagGroup = /\(\?([is]*)(?:-([is]+))?([:)])/y
/** How deep groups may stand in each other; every level takes room on the stack, here and in each walk. */
const maxDepth = 500
const namedGroup = /\(\?P?<([^>]*)>/y

/**
 * Reads an expression that RE2 has found valid, as it stands inside `^(?s:` and `)$`.
 * @throws {Untranslatable} for what is left to RE2 itself: Unicode classes, case folding beyond ASCII,
 *   `(?m)`, `(?U)`, parentheses that close more than they opened, and groups nested very deeply
 */
export function parse(source: string): Ast {
  const parser = new Parser(source)
  const ast = parser.alternation({ fold: false, dotAll: true })
  if (!parser.reader.done) throw new Untranslatable('unbalanced')
  return ast
}

class Parser {
  readonly reader: Reader
  #groups = 0
  #depth = 0

  constructor(source: string) {
    this.reader = new Reader(source)
  }

  /** Up to the end or a closing parenthesis. Flags set on the way hold for what follows. */
  alternation(outer: Flags): Ast {
    let flags = outer
    const branches: Ast[] = []
    let items: Ast[] = []
    while (!this.reader.done && this.reader.peek() !== ')') {
      if (this.reader.take('|')) {
        branches.push({ kind: 'concat', items })
        items = []
        continue
      }
      const changed = this.#flagsAlone(flags)
      if (changed === undefined) items.push(...this.#repeated(this.#atom(flags)))
      else flags = changed
    }
    const last: Ast = { kind: 'concat', items }
    return branches.length === 0 ? last : { kind: 'alternate', items: [...branches, last] }
  }

  /** `(?i)`: changes the flags for the rest of the group. */
  #flagsAlone(flags: Flags): Flags | undefined {
    if (this.reader.peek() !== '(') return undefined
    const found = this.reader.look(flagGroup)
    if (found?.[3] !== ')') return undefined
    this.reader.skip(found[0].length)
    return withFlags(flags, found[1], found[2])
  }

  /** A quoted run gives several atoms; a repeat after it is about the last. */
  #repeated(atoms: readonly Ast[]): readonly Ast[] {
    const body = atoms.at(-1)
    const times = this.#times()
    if (times === undefined) return atoms
    if (body === undefined) throw new Untranslatable('repeat of nothing')
    const lazy = this.reader.take('?')
    return [...atoms.slice(0, -1), { kind: 'repeat', body, min: times[0], max: times[1], lazy }]
  }

  #times(): readonly [number, number] | undefined {
    if (this.reader.take('*')) return [0, Infinity]
    if (this.reader.take('+')) return [1, Infinity]
    if (this.reader.take('?')) return [0, 1]
    if (this.reader.peek() !== '{') return undefined
    const found = this.reader.look(repeat)
    if (found === undefined) return undefined
    this.reader.skip(found[0].length)
    const min = Number(found[1])
    if (found[2] === undefined) return [min, min]
    return [min, found[3] === undefined ? Infinity : Number(found[3])]
  }

  #atom(flags: Flags): readonly Ast[] {
    const { reader } = this
    switch (reader.peek()) {
      case '(':
        return [this.#group(flags)]
      case '[':
        return [{ kind: 'chars', ranges: parseClass(reader, flags.fold) }]
      case '\\':
        return this.#escape(flags)
      case '.':
        reader.skip(1)
        return [{ kind: 'chars', ranges: flags.dotAll ? anything : notNewline }]
      case '^':
      case '$':
        return [{ kind: 'assert', source: reader.next() === '^' ? '^' : '$' }]
      default:
        return [literal(reader.nextCode(), flags.fold)]
    }
  }

  #group(flags: Flags): Ast {
    const { reader } = this
    const plain = reader.look(flagGroup)
    if (plain !== undefined) {
      reader.skip(plain[0].length)
      return this.#closed(withFlags(flags, plain[1], plain[2]))
    }
    const named = reader.look(namedGroup)
    reader.skip(named?.[0].length ?? 1)
    if (named === undefined && reader.peek() === '?') throw new Untranslatable('group')
    this.#groups += 1
    const index = this.#groups
    return { kind: 'group', index, body: this.#closed(flags) }
  }

  #closed(flags: Flags): Ast {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new Untranslatable('depth')
    const body = this.alternation(flags)
    this.#depth -= 1
    if (!this.reader.take(')')) throw new Untranslatable('unbalanced')
    return body
  }

  #escape(flags: Flags): readonly Ast[] {
    const { reader } = this
    if (reader.take('\\A')) return [{ kind: 'assert', source: '^' }]
    if (reader.take('\\z')) return [{ kind: 'assert', source: '$' }]
    if (reader.take('\\b')) return [{ kind: 'assert', source: '\\b' }]
    if (reader.take('\\B')) return [{ kind: 'assert', source: '\\B' }]
    if (reader.take('\\Q')) {
      const quoted = reader.until('\\E')
      return Array.from(quoted, (c) => literal(c.codePointAt(0) ?? 0, flags.fold))
    }
    const ranges = classEscape(reader, flags.fold)
    if (ranges !== undefined) return [{ kind: 'chars', ranges }]
    return [literal(literalEscape(reader), flags.fold)]
  }
}

function literal(code: number, fold: boolean): Ast {
  return { kind: 'chars', ranges: fold ? folded([code, code]) : [code, code] }
}

function folded(ranges: Ranges): Ranges {
  const out = foldAscii(ranges)
  if (out === undefined) throw new Untranslatable('case folding beyond ASCII')
  return out
}

function withFlags(flags: Flags, on = '', off = ''): Flags {
  const has = (flag: string, before: boolean): boolean =>
    off.includes(flag) ? false : before || on.includes(flag)
  return { fold: has('i', flags.fold), dotAll: has('s', flags.dotAll) }
}
