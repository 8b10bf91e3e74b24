import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { CloudAnswer, CloudRequest } from '../clouds.js'

const fixture = (name: string): CloudAnswer => ({
  text: readFileSync(path.join(import.meta.dirname, 'fixtures', `${name}.json`), 'utf8'),
})

/** The API as the fixtures have it. */
export function answer({ host, path: at, query }: CloudRequest): CloudAnswer | undefined {
  if (host === 'robot-ws.your-server.de') return at === '/server' ? fixture('robot') : undefined
  if (host !== 'api.hetzner.cloud') return undefined
  if (at === '/v1/networks') return fixture('networks')
  return at === '/v1/servers' ? fixture(`servers-${query.get('page') ?? ''}`) : undefined
}
