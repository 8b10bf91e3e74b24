import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { WebContext } from '../context.js'
import { replyText } from '../reply/reply.js'
import type { WebRoute } from '../routes/route.js'

/** A file of the pages, as it is and compressed. */
export interface Asset {
  readonly contentType: string
  readonly plain: Buffer<ArrayBuffer>
  readonly gzip: Buffer<ArrayBuffer>
  readonly br: Buffer<ArrayBuffer>
}

/** The script and the style of the pages, as `npm run build` made them, by name; each name has a hash in it. */
export type Assets = ReadonlyMap<string, Asset>

const contentTypes: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
}

/**
 * Reads the files that `vite build` wrote.
 * @returns none where the folder is missing: pages work without them
 */
export function readAssets(folder: string): Assets {
  const read = (name: string): Buffer<ArrayBuffer> => readFileSync(path.join(folder, name))
  const assets = new Map<string, Asset>()
  for (const name of namesIn(folder)) {
    const contentType = contentTypes[path.extname(name)]
    if (contentType === undefined) continue
    const [plain, gzip, br] = [read(name), read(`${name}.gz`), read(`${name}.br`)]
    assets.set(name, { contentType, plain, gzip, br })
  }
  return assets
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

/** The name of the one file with this extension; undefined where there is none. */
export function assetName(assets: Assets, extension: '.js' | '.css'): string | undefined {
  return [...assets.keys()].find((name) => name.endsWith(extension))
}

/** `/ui/<name>`: a file of this name never changes, so browsers need not ask for it again. */
export function assetsRoute(assets: Assets): WebRoute {
  return {
    methods: ['GET'],
    path: '/ui/:name',
    handle: (c) => {
      const asset = assets.get(c.req.param('name') ?? '')
      return asset === undefined ? replyText(c, 404, '404 page not found\n') : replyAsset(c, asset)
    },
  }
}

function replyAsset(c: WebContext, asset: Asset): Response {
  const accepted = (c.req.header('Accept-Encoding') ?? '').toLowerCase()
  const coding = (['br', 'gzip'] as const).find((name) => accepts(accepted, name))
  const body = coding === undefined ? asset.plain : asset[coding]
  c.header('Content-Type', asset.contentType)
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Cache-Control', 'public, max-age=31536000, immutable')
  c.header('Vary', 'Accept-Encoding', { append: true })
  if (coding !== undefined) c.header('Content-Encoding', coding)
  c.get('sent').bytes = body.length
  return c.body(body, 200)
}

function accepts(header: string, coding: string): boolean {
  return header.split(',').some((offer) => {
    const [name, ...parameters] = offer.split(';').map((part) => part.trim())
    return name === coding && !parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
  })
}
