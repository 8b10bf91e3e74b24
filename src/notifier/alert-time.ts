/** What Go calls the zero time: in Alertmanager's API it means that nothing was said. */
const zeroTime = -62_135_596_800_000

// Go takes an hour of one digit, and zones of up to 24 hours and 60 minutes.
const hoursMinutes = '(?:[01]?[0-9]|2[0-3]):[0-5][0-9]'
const zonePattern = '[+-](?:[01][0-9]|2[0-4]):(?:[0-5][0-9]|60)'
const toTheSecond = `${hoursMinutes}:[0-5][0-9](?:[.,][0-9]+)?`

// The forms that Alertmanager takes; only the first may name a zone, the others are UTC.
const pattern = new RegExp(
  '^([0-9]{4}-[0-9]{2}-[0-9]{2})' +
    `(?:T(${toTheSecond})(Z|${zonePattern})?|T(${hoursMinutes})Z?| (${toTheSecond}))?$`,
)

/**
 * Reads a time as Alertmanager's API does: RFC 3339, or one of the shorter ISO 8601 forms it takes.
 * @returns undefined for an empty text and Go's zero time, which say nothing
 * @throws {Error} when it is no time
 */
export function parseAlertTime(text: string): Date | undefined {
  if (text === '') return undefined
  const [, day = '', full, zone = 'Z', short, spaced] = pattern.exec(text) ?? []
  const time = (full ?? short ?? spaced ?? '00:00').replace(',', '.').replace(/^(?=.:)/, '0')
  const millis = Date.parse(`${day}T${time}Z`) - offsetOf(zone)
  // JavaScript takes February 30 for March 2.
  const isPossible = new Date(`${day}T00:00Z`).getUTCDate() === Number(day.slice(8))
  if (Number.isNaN(millis) || !isPossible) {
    const shown = JSON.stringify(text)
    throw new Error(`parsing time ${shown}: it has to be like "2026-01-02T15:04:05.000Z"`)
  }
  return millis === zeroTime ? undefined : new Date(millis)
}

/** How far a zone is ahead, in milliseconds. JavaScript reads none of a whole day. */
function offsetOf(zone: string): number {
  if (zone === 'Z') return 0
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4))
  return (zone.startsWith('-') ? -minutes : minutes) * 60_000
}
