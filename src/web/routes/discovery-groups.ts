import type { ProviderContent } from '../../discovery/manager.js'
import {
  type SectionContent,
  sectionOf,
  snapshotLines,
  type SnapshotManager,
} from '../../snapshot/index.js'
import { textBody } from '../reply/body.js'
import { failure } from '../reply/envelope.js'
import { replyLong } from '../reply/reply.js'
import type { WebSources } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

const managers = ['scrape', 'notify'] as const

/**
 * `/api/v1/discovery/groups?manager=scrape|notify&set=`: what every provider has found, before relabelling and
 * without the labels that a job gives. It is a snapshot, as `muster record` writes it, unpacked: one group a
 * line, sealed. A provider of which a label holds a password is named, and its groups are left out.
 * @param now milliseconds since 1970
 */
export function discoveryGroupsRoute(
  sources: Pick<WebSources, 'discovery' | 'build'>,
  now: () => number,
): WebRoute {
  return apiRoute('/discovery/groups', (c) => {
    const asked = c.req.query('manager')
    const set = c.req.query('set')
    const wanted = managers.filter((manager) => asked === undefined || asked === manager)
    if (wanted.length === 0) return failure(c, 'bad_data', 'manager must be scrape or notify')
    const sections = (): readonly SectionContent[] =>
      wanted.flatMap((manager) =>
        sources.discovery[manager]
          .contents()
          .filter(({ sets }) => set === undefined || sets.includes(set))
          .map((content) => contentOf(manager, content)),
      )
    const body = textBody(() => {
      const by = `muster/${sources.build.version}`
      const header = { by, at: new Date(now()).toISOString(), redacted: [] }
      return snapshotLines(header, sections())
    })
    return replyLong(c, { contentType: 'application/x-ndjson', body })
  })
}

function contentOf(manager: SnapshotManager, content: ProviderContent): SectionContent {
  const { name, source, sets, status, groups } = content
  const section = sectionOf(manager, name, source, sets)
  // The groups of one moment: the map goes on, the groups in it never change.
  if (status.lastSuccess !== undefined || groups.size > 0)
    return { section, groups: [...groups.values()] }
  const missing = status.lastError?.message ?? 'it has not answered yet'
  return { section: { ...section, missing }, groups: [] }
}
