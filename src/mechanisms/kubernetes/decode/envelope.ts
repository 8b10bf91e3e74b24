import { Buffer } from 'node:buffer'
import { lengthTag, type Wire } from './wire.js'

/** What stands before every object that Kubernetes writes as protobuf. */
export const magic: Buffer = Buffer.from('k8s\0', 'latin1')

/** Whether an object in its envelope begins there. */
export function isEnvelope(bytes: Buffer, start: number, end: number): boolean {
  return (
    end - start >= magic.length && bytes.compare(magic, 0, magic.length, start, start + 4) === 0
  )
}

/**
 * Opens the envelope that is left to read, `runtime.Unknown` of k8s.io/apimachinery behind its magic: an object
 * with its type around it.
 * @returns the end of the object; the wire stands where it begins
 */
export function openEnvelope(wire: Wire, end: number): number {
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(2)) return wire.end()
    wire.skip(tag)
  }
  return end
}
