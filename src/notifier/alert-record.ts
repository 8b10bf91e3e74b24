import { crc32 } from 'node:zlib'
import type { Labels } from '../labels/index.js'
import type { Alert } from './alert.js'

/** An alert that was accepted, as it is kept on disk. */
export interface KeptAlert {
  readonly alert: Alert
  /** When it was accepted, in Unix milliseconds: times that its sender left out are as of then. */
  readonly at: number
  /** When it says nothing any more that is still true, in Unix milliseconds. */
  readonly validUntil: number
}

/** What makes it this alert: its labels, in order. To Alertmanager, a label with an empty value does not exist. */
export function keyOf({ labels }: Alert): string {
  const entries = Object.entries(labels).filter(([, value]) => value !== '')
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify(entries)
}

/** The line of an alert in the log: a checksum, a blank, JSON, and a line break. */
export function lineOf({ alert, at, validUntil }: KeptAlert): string {
  const { labels, annotations, startsAt, endsAt, generatorURL } = alert
  const times = { startsAt: startsAt?.getTime(), endsAt: endsAt?.getTime() }
  const json = JSON.stringify({ at, validUntil, labels, annotations, ...times, generatorURL })
  return `${checksum(json)} ${json}\n`
}

/**
 * Reads a line.
 * @param line without its line break
 * @returns undefined where it is damaged
 */
export function readLine(line: string): KeptAlert | undefined {
  const json = line.slice(9)
  if (line.charAt(8) !== ' ' || line.slice(0, 8) !== checksum(json)) return undefined
  try {
    return readRecord(JSON.parse(json) as Readonly<Record<string, unknown>>)
  } catch {
    return undefined
  }
}

function readRecord(record: Readonly<Record<string, unknown>>): KeptAlert | undefined {
  const { at, validUntil, labels, annotations, startsAt, endsAt, generatorURL } = record
  if (!isNumber(at) || !isNumber(validUntil) || !isLabels(labels)) return undefined
  const alert: Alert = {
    labels,
    ...(isLabels(annotations) && { annotations }),
    ...(isNumber(startsAt) && { startsAt: new Date(startsAt) }),
    ...(isNumber(endsAt) && { endsAt: new Date(endsAt) }),
    ...(typeof generatorURL === 'string' && { generatorURL }),
  }
  return { alert, at, validUntil }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number'
}

function isLabels(value: unknown): value is Labels {
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).every((text) => typeof text === 'string')
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
