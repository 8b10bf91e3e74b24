/**
 * What JSON.parse does not read as Go does: a number of 16 digits or more, an escape of half a character. Ids
 * in hexadecimal often have as many digits in a row, but not at a place where a number begins.
 */
const special = /(?:^|[\s:,[-])[1-9][0-9]{15}|\\u[dD][89a-fA-F]/
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|-?[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/gs
const long = /^-?[1-9][0-9]{15,}$/

/** The second half of a surrogate pair: no string begins with it once `wellFormed` has seen all of them. */
const mark = '\uDC00'

/**
 * Parses JSON as Go does: a whole number that a JavaScript number cannot hold exactly is a bigint, and half
 * of a surrogate pair becomes U+FFFD.
 * @param text decoded from UTF-8
 * @throws {SyntaxError} for a text that is not JSON; its message quotes the text
 */
export function parseJson(text: string): unknown {
  if (!special.test(text)) return JSON.parse(text)
  const marked = text.replace(token, (found) => {
    if (found.startsWith('"')) return wellFormed(found)
    return long.test(found) ? `"${mark}${found}"` : found
  })
  return JSON.parse(marked, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(mark) ? exactly(value.slice(1)) : value,
  )
}

function exactly(digits: string): number | bigint {
  const value = Number(digits)
  return Number.isSafeInteger(value) ? value : BigInt(digits)
}

const first = String.raw`\\u[dD][89abAB][0-9a-fA-F]{2}`
const second = String.raw`\\u[dD][c-fC-F][0-9a-fA-F]{2}`
const escapes = new RegExp(String.raw`${first}${second}|(${first}|${second})|\\.`, 'gs')

/** A string of JSON without the escapes of half a character. */
function wellFormed(string: string): string {
  return string.replace(escapes, (escape, half: string | undefined) =>
    half === undefined ? escape : String.raw`\ufffd`,
  )
}
