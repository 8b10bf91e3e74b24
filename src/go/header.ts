/**
 * A header's name as Go's http.CanonicalHeaderKey writes it: `x-my-header` as `X-My-Header`. A name
 * with characters that no header has stays as it is.
 */
export function canonicalHeader(name: string): string {
  if (!/^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/.test(name)) return name
  return name
    .toLowerCase()
    .replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase())
}
