import { Buffer } from 'node:buffer'

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/**
 * The text of a `!!binary` scalar; undefined when it is not base64. Bytes that are not UTF-8 become
 * lone surrogates, U+DC00 and the byte, so that a later check of the text finds them.
 */
export function decodeBase64(written: string): string | undefined {
  const compact = written.replace(/\s/g, '')
  if (!base64.test(compact)) return undefined
  const bytes = Buffer.from(compact, 'base64')
  const text = bytes.toString('utf8')
  if (Buffer.from(text, 'utf8').equals(bytes)) return text
  return Array.from(bytes, (byte) => String.fromCharCode(byte < 128 ? byte : 0xdc00 + byte)).join(
    '',
  )
}
