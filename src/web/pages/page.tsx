import type { Html } from './html.js'
import type { WebContext } from '../context.js'
import { replyWhole } from '../reply/reply.js'
import type { ActionOptions, WebRoute } from '../routes/route.js'
import type { ProcessInfo } from '../routes/status.js'
import type { Readers } from '../readers.js'
import type { WebSources } from '../sources.js'
import { assetName, type Assets } from './assets.js'
import { Layout } from './layout.js'

/** What every page is made of. */
export interface Site {
  readonly sources: WebSources
  /** Who reads lists of targets. */
  readonly readers: Readers
  readonly process: ProcessInfo
  /** What this muster is called in the header and in titles. */
  readonly name: string
  readonly assets: Assets
  readonly actions: ActionOptions
}

/** Light or dark as the reader chose, or as the system says. */
export type Theme = 'light' | 'dark' | 'auto'

/** What a page shows. */
export interface Page {
  /** The heading, and the beginning of the title. */
  readonly title: string
  readonly content: Html
  /** It does not follow muster by itself. */
  readonly isStill?: true
  /** Something that the whole page is about is not there. */
  readonly status?: 400 | 403 | 404 | 413 | 503
}

/** One request for a page. */
export interface PageRequest {
  readonly site: Site
  /** Leads from the page to `/`, since every link is relative: `./`, `../../`. */
  readonly root: string
  /** Milliseconds since 1970. */
  readonly now: number
  /** The value of a query parameter; empty where it is missing. */
  readonly query: (name: string) => string
  readonly queries: (name: string) => readonly string[]
}

// Styles and scripts are files: nothing in the page is ever run or applied.
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ')

/** A page. It is answered for at all times, and says itself when muster is not ready. */
export function pageRoute(
  site: Site,
  path: string,
  render: (request: PageRequest, c: WebContext) => Page | Promise<Page>,
): WebRoute {
  return {
    methods: ['GET'],
    path,
    handle: async (c) => {
      const request = pageRequest(site, c)
      return await replyPage(c, request, path, await render(request, c))
    },
  }
}

export function pageRequest(site: Site, c: WebContext): PageRequest {
  const depth = Math.max(0, c.req.path.split('/').length - 2)
  return {
    site,
    root: depth === 0 ? './' : '../'.repeat(depth),
    now: site.process.now(),
    query: (name) => c.req.query(name) ?? '',
    queries: (name) => c.req.queries(name) ?? [],
  }
}

/** Answers with a page, and all that is around it. @param path that of its route */
export async function replyPage(
  c: WebContext,
  { site, root }: PageRequest,
  path: string,
  page: Page,
): Promise<Response> {
  pageHeaders(c)
  const html = (
    <Layout
      site={site}
      root={root}
      path={path}
      title={page.title}
      isLive={page.isStill !== true}
      theme={themeOf(c)}
      script={assetName(site.assets, '.js')}
      style={assetName(site.assets, '.css')}
    >
      {page.content}
    </Layout>
  )
  const text = `<!doctype html>${String(await html)}`
  return replyWhole(c, text, 'text/html; charset=utf-8', page.status)
}

/** The headers of every page. A web config file may have set the policy; that one stays. */
function pageHeaders(c: WebContext): void {
  if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', policy)
  // Not `no-referrer`: browsers would send `Origin: null` with the buttons of the page, which is refused.
  c.header('Referrer-Policy', 'same-origin')
  c.header('Cache-Control', 'no-store')
}

function themeOf(c: WebContext): Theme {
  const [, theme] =
    /(?:^|;\s*)muster-theme=(light|dark)(?:;|$)/.exec(c.req.header('Cookie') ?? '') ?? []
  return theme === 'light' || theme === 'dark' ? theme : 'auto'
}
