import type { ListPush } from '../push/list-push.js'
import type { Readers } from '../readers.js'
import { success } from '../reply/envelope.js'
import type { WebSources } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

/** `/api/v1/outputs`: who reads which list of targets and what version of it, and which files are written. */
export function outputsRoute(
  sources: Pick<WebSources, 'files'>,
  readers: Readers,
  push: ListPush,
): WebRoute {
  return apiRoute('/outputs', (c) =>
    success(c, {
      held: push.heldCount,
      readers: readers.all().map(({ firstAt, lastAt, current, ...reader }) => ({
        ...reader,
        current: current() ?? null,
        firstAt: timeOf(firstAt),
        lastAt: timeOf(lastAt),
      })),
      files: (sources.files?.() ?? []).map(({ writtenAt, ...file }) => ({
        ...file,
        writtenAt: writtenAt === undefined ? null : timeOf(writtenAt),
      })),
    }),
  )
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString()
}
