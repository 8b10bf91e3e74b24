import type { Buffer } from 'node:buffer'

/** What is said of a file: of which one, by whom, and in which words. */
const known: readonly RegExp[] = [
  // promtool takes an address of an Alertmanager that no request can be sent to.
  /^\S+ muster: +FAILED: ".*" is not a valid hostname \/ promtool: SUCCESS/,
  /^\S+ muster: +FAILED: no address \/ promtool: SUCCESS/,
  /^\S+ muster: +FAILED: unsupported (?:protocol )?scheme ".*" \/ promtool: SUCCESS/,
  // A label without a name, by a null key: promtool checks only names that are texts.
  /^targets\S+ muster: +FAILED: [^:]*: [^ ]* \S*labels\.: "" is not a valid label name \/ promtool: SUCCESS/,
  // Later versions of Prometheus refuse these.
  /^\S+ muster: .* remote write queue \w+ must .* \/ promtool: SUCCESS/,
  // promtool takes any hash, and Prometheus then refuses the user.
  /^\S+ muster: basic_auth_users: the password of .* is not a bcrypt hash \/ promtool: SUCCESS/,
  // Go makes another number of one with a point or an exponent that is too small.
  /^\S+ muster: .*cannot unmarshal !!(?:float|int) `-\S+` into u?int(?:64)? \/ promtool: SUCCESS/,
  // The Prometheus that has Consul is one of before UTF-8 names, and took an empty action.
  /^consul\S+ muster: SUCCESS \/ promtool: .*" is (?:not a valid label name|invalid '\w+' for \w+ action)/,
  /^consul\S+ muster: .* relabel action cannot be empty \/ promtool: SUCCESS/,
  // Muster parses neither expressions nor templates.
  /^rules\S+ muster: SUCCESS \/ promtool: .*: (?:could not parse expression|template): /,
]

/** A file with more than its first document. */
const behind = /\S[^]*[\n\r\x85\u2028\u2029](?:(?:---|\.\.\.)\s|%)[^]*[^ \r\n]/u

/** The first document is indented, and so ends with a line that is indented less. */
const isIndented = /^(?:\s*(?:#.*)?[\n\r])* +[^\s#]/u

/** Files that Prometheus' YAML reader reads in ways that are faults of its own. */
const misread: readonly ((text: string, said: string) => boolean)[] = [
  // Of every line the first character is lost there.
  (text) => text.startsWith('\ufeff\ufeff'),
  // The first words behind the end of a file of rules are looked at, and may be refused.
  (text, said) =>
    /^rules\S+ muster: SUCCESS \/ promtool: .*yaml: /u.test(said) && behind.test(text),
  // Behind the first document these are found only where the reader has looked so far ahead.
  (text, said) =>
    /muster: .*(?:control characters are not allowed|invalid UTF-).* promtool: SUCCESS$/u.test(
      said,
    ) &&
    (behind.test(text) || isIndented.test(text)),
  // With a comment on the line before it, a tab is part of that to yaml.v3.
  (text, said) =>
    /^rules\S+ muster: .*cannot start any token \(a tab.* promtool: SUCCESS$/u.test(said) &&
    /#[^\n\r]*[\n\r]+[ ]*\t/u.test(text),
]

function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le')
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return new TextDecoder('utf-16be', { ignoreBOM: true }).decode(bytes)
  }
  return bytes.toString()
}

/**
 * Whether a difference is one on purpose: docs/differences.md has the reasons.
 * @param said the name of the file, and what the two say
 */
export function isKnown(said: string, bytes: Buffer): boolean {
  return (
    known.some((pattern) => pattern.test(said)) ||
    misread.some((isMisread) => isMisread(textOf(bytes), said))
  )
}
