import { createHash } from 'node:crypto'

/** The longest name of a file without its ending, in bytes: file systems take 255, and a draft is longer. */
const longest = 180

/**
 * The name of the file of a job: percent-encoded, so that it is one name in one folder, and `.json`. The name of a
 * job that is very long is cut, and a hash of it added.
 */
export function fileNameOf(job: string): string {
  const encoded = encodeURIComponent(Buffer.from(job).toString()).replace(/[!'()*]|^\./g, escaped)
  if (encoded.length <= longest) return `${encoded}.json`
  const hash = createHash('sha256').update(job).digest('hex').slice(0, 16)
  // An escape is not cut in its middle.
  return `${encoded.slice(0, longest - 17).replace(/%.?$/, '')}-${hash}.json`
}

function escaped(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
