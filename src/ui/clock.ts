const units = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
] as const

function span(ms: number): string {
  const unit = units.find((one) => ms >= one.ms)
  return unit === undefined
    ? `${String(Math.floor(ms / 1000))} s`
    : `${String(Math.floor(ms / unit.ms))} ${unit.name}`
}

/** Keeps every `<time>` of the page true, second by second, while it is looked at. */
export function startClock(): void {
  // The clocks of browser and server may differ: the page says what time it is there.
  const ahead = Date.now() - Number(document.body.dataset['now'] ?? Date.now())
  setInterval(() => {
    if (document.hidden) return
    const now = Date.now() - ahead
    for (const time of document.querySelectorAll('time')) {
      const at = Date.parse(time.dateTime)
      if (Number.isNaN(at)) continue
      const text = at > now ? `in ${span(at - now)}` : `${span(now - at)} ago`
      if (time.textContent !== text) time.textContent = text
    }
  }, 1000)
}
