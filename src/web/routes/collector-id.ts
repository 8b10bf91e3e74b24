/**
 * Which member asks: the first `collector_id` of the query. The collector writes its id as it is, so one with
 * `&`, `+` or `%` means something else once it is decoded; each way to read it is tried.
 * @param query what stands behind the `?`, as it was sent
 * @param isMember whether there is such a member
 * @returns undefined where the query has none; the decoded one where no way to read it gives a member
 */
export function collectorId(query: string, isMember: (id: string) => boolean): string | undefined {
  const start = /(?:^|&)collector_id=/.exec(query)
  if (start === null) return undefined
  const rest = query.slice(start.index + start[0].length)
  const [first = ''] = rest.split('&', 1)
  const readings = [decoded(first.replaceAll('+', ' ')), first, decoded(first), rest, decoded(rest)]
  return readings.find((id) => id !== undefined && isMember(id)) ?? readings[0] ?? first
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
