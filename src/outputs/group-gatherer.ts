import { createHash } from 'node:crypto'
import type { Labels } from '../labels/index.js'
import type { Turns } from '../waiting/turns.js'

/** A target group as file_sd and http_sd have it. */
export interface PlainGroup {
  readonly targets: readonly string[]
  readonly labels: Labels
}

/** The text of a file of targets. */
export interface FileText {
  /** In pieces of a moderate size. */
  readonly pieces: readonly string[]
  /** Another one for another text. */
  readonly version: string
  readonly groups: number
  readonly targets: number
}

const pieceLength = 256 * 1024

/**
 * Gathers target groups for a file: targets with equal labels become one group, and everything is sorted, so that the
 * text is the same whatever the order in which the targets were found.
 */
export class GroupGatherer {
  /** Addresses, by the labels as JSON in the order of their names. */
  readonly #groups: Map<string, Set<string>> = new Map()
  #hasExpansions = false

  /** Whether a label has `%{` in it, which vmagent takes for the name of an environment variable. */
  get hasExpansions(): boolean {
    return this.#hasExpansions
  }

  add({ targets, labels }: PlainGroup): void {
    const names = Object.keys(labels).sort()
    const text = `{${names.map((name) => pairText(name, labels[name] ?? '')).join(',')}}`
    this.#hasExpansions ||= text.includes('%{')
    const known = this.#groups.get(text) ?? new Set()
    this.#groups.set(text, known)
    for (const target of targets) known.add(target)
  }

  /** @param turns where the work takes its time from */
  async text(turns: Turns): Promise<FileText> {
    const hash = createHash('sha256')
    const pieces: string[] = []
    let targets = 0
    let piece = '[\n'
    let isFirst = true
    for (const labels of [...this.#groups.keys()].sort()) {
      const addresses = [...(this.#groups.get(labels) ?? [])].sort()
      targets += addresses.length
      piece += `${isFirst ? '' : ',\n'}{"targets":${JSON.stringify(addresses)},"labels":${labels}}`
      isFirst = false
      if (piece.length >= pieceLength) {
        hash.update(piece)
        pieces.push(piece)
        piece = ''
      }
      if (turns.isOver) await turns.next()
    }
    piece += isFirst ? ']\n' : '\n]\n'
    hash.update(piece)
    pieces.push(piece)
    return { pieces, version: hash.digest('hex'), groups: this.#groups.size, targets }
  }
}

function pairText(name: string, value: string): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}
