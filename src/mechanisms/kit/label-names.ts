import { sanitizeLabelName } from '../../labels/index.js'

// Keys come from the network: a server that keeps inventing new ones must not fill the memory.
const mostKeys = 10_000
const mostCharacters = 1 << 20

/**
 * Names of labels with one prefix, each made once, so that all targets share one string a name.
 * @returns the name for a key, such as that of a tag
 */
export function labelNames(prefix: string): (key: string) => string {
  const known = new Map<string, string>()
  let characters = 0
  return (key) => {
    const name = known.get(key)
    if (name !== undefined) return name
    characters += key.length
    if (known.size >= mostKeys || characters > mostCharacters) {
      known.clear()
      characters = key.length
    }
    const made = prefix + sanitizeLabelName(key)
    known.set(key, made)
    return made
  }
}
