// Characters are folded to 64: those of ASCII from the space to the underscore, letters as capitals. Others are left
// out, of texts and of words, so they never rule anything out.
const first = 32
const last = 95

/** The number of a character, from 0 to 63; negative for one that is left out. */
function folded(code: number): number {
  const upper = code >= 97 && code <= 122 ? code - 32 : code
  return upper > last ? -1 : upper - first
}

/** Which characters some texts have. */
export class Characters {
  low = 0
  high = 0

  add(text: string): void {
    for (let i = 0; i < text.length; i += 1) {
      const number = folded(text.charCodeAt(i))
      if (number >= 0) this.addNumber(number)
    }
  }

  addNumber(number: number): void {
    if (number < 32) this.low |= 1 << number
    else this.high |= 1 << (number - 32)
  }

  /** Whether all of the other's characters are among them. */
  haveAll({ low, high }: Characters): boolean {
    return (this.low & low) === low && (this.high & high) === high
  }
}

const pairWords = 4096 / 32
const mostBits = 15
const leastBits = 8
/** Bits for each of the texts' targets: about one in six is set where all labels differ. */
const bitsPerTarget = 128

/**
 * Tells of many texts at once that none of them has a word, whatever the case of letters: by the pairs of characters,
 * and by the runs of four, that they have. It may be wrong only the other way round. At most 18 bytes a target.
 */
export class TextFilter {
  readonly #pairs = new Int32Array(pairWords)
  readonly #runs: Int32Array
  readonly #shift: number

  /** @param targets how many targets the texts are of */
  constructor(targets: number) {
    const bits = Math.ceil(Math.log2(targets * bitsPerTarget + 1))
    const kept = Math.min(mostBits, Math.max(leastBits, bits))
    this.#runs = new Int32Array(2 ** kept / 32)
    this.#shift = 32 - kept
  }

  /**
   * @param before a text that was added already: what both begin or end with is passed over
   * @param characters those of the text are added to them
   */
  add(text: string, before = '', characters?: Characters): void {
    const [pairs, runs, shift] = [this.#pairs, this.#runs, this.#shift]
    const { begin, end } = differenceOf(text, before)
    let latest = 0
    let length = 0
    for (let i = begin; i < end; i += 1) {
      const number = folded(text.charCodeAt(i))
      if (number < 0) {
        length = 0
        continue
      }
      characters?.addNumber(number)
      // Four characters of six bits.
      latest = ((latest << 6) | number) & 0xffffff
      length += 1
      if (length < 2) continue
      const pair = latest & 0xfff
      pairs[pair >> 5] = (pairs[pair >> 5] ?? 0) | (1 << (pair & 31))
      if (length < 4) continue
      const run = Math.imul(latest, 0x9e3779b1) >>> shift
      runs[run >> 5] = (runs[run >> 5] ?? 0) | (1 << (run & 31))
    }
  }

  /** Whether one of the texts may have the word; false is certain. */
  mayHave(word: string): boolean {
    const [pairs, runs, shift] = [this.#pairs, this.#runs, this.#shift]
    let latest = 0
    let length = 0
    for (let i = 0; i < word.length; i += 1) {
      const number = folded(word.charCodeAt(i))
      if (number < 0) {
        length = 0
        continue
      }
      latest = ((latest << 6) | number) & 0xffffff
      length += 1
      if (length < 2) continue
      const pair = latest & 0xfff
      if (((pairs[pair >> 5] ?? 0) & (1 << (pair & 31))) === 0) return false
      if (length < 4) continue
      const run = Math.imul(latest, 0x9e3779b1) >>> shift
      if (((runs[run >> 5] ?? 0) & (1 << (run & 31))) === 0) return false
    }
    return true
  }
}

/** The part of a text in which all runs of four characters stand that another text may not have. */
function differenceOf(text: string, before: string): { begin: number; end: number } {
  const shorter = Math.min(text.length, before.length)
  let begin = 0
  while (begin < shorter && text.charCodeAt(begin) === before.charCodeAt(begin)) begin += 1
  let end = text.length
  let other = before.length
  while (end > begin && other > 0 && text.charCodeAt(end - 1) === before.charCodeAt(other - 1)) {
    end -= 1
    other -= 1
  }
  return { begin: Math.max(0, begin - 3), end: Math.min(text.length, end + 3) }
}
