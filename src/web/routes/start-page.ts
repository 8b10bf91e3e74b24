import { createHash } from 'node:crypto'
import { replyWhole } from '../reply/reply.js'
import type { PoolView, ProviderSource, WebSources } from '../sources.js'
import type { WebRoute } from './route.js'

/** Jobs beyond this are counted, not listed: the page stays a page. */
const maxJobs = 1000

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.25rem .75rem;border-bottom:1px solid #ddd}
td.n,th.n{text-align:right}code{background:#f3f3f3;padding:0 .25rem}.bad{color:#a00}
@media(prefers-color-scheme:dark){body{background:#1a1a1a;color:#ddd}a{color:#8bf}code{background:#333}th,td{border-color:#444}}`

/** `/`: the jobs, the providers and the API, with links. Plain HTML without scripts; links are relative to any prefix. */
export function startPageRoute(sources: WebSources): WebRoute {
  const styleHash = createHash('sha256').update(style).digest('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
  return {
    methods: ['GET'],
    path: '/',
    handle: (c) => {
      // The web config may have set another one.
      if (!c.res.headers.has('Content-Security-Policy')) c.header('Content-Security-Policy', policy)
      c.header('Referrer-Policy', 'no-referrer')
      return replyWhole(c, page(sources), 'text/html; charset=utf-8')
    },
  }
}

function page(sources: WebSources): string {
  const pools = sources.pools.pools()
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>muster</title><style>${style}</style></head><body>
<h1>muster</h1>
<p>${escapeHtml(sources.build.version)}, ${escapeHtml(sources.readiness())}</p>
<h2>Jobs</h2>
${pools.length === 0 ? '<p>There are none.</p>' : jobTable(pools)}
<h2>Providers</h2>
${providerLines('scrape', sources.discovery.scrape)}
${providerLines('notify', sources.discovery.notify)}
<h2>API</h2>
<ul>
${links.map(([href, what]) => `<li><a href="${href}"><code>${href}</code></a> ${what}</li>`).join('\n')}
</ul>
</body></html>
`
}

const links: readonly (readonly [href: string, what: string])[] = [
  ['api/v1/targets', 'every target with its labels'],
  ['api/v1/providers', 'how discovery is doing'],
  ['api/v1/scrape_pools', 'the jobs'],
  ['api/v1/alertmanagers', 'the discovered Alertmanagers'],
  ['api/v1/status/config', 'the configuration in force'],
  ['api/v1/status/flags', 'the flags'],
  ['api/v1/status/runtimeinfo', 'the process'],
  ['metrics', 'metrics of muster itself'],
]

function jobTable(pools: readonly PoolView[]): string {
  const more = pools.length - maxJobs
  return `<table><tr><th>Job</th><th class="n">Active</th><th class="n">Dropped</th><th>As http_sd</th></tr>
${pools.slice(0, maxJobs).map(jobRow).join('\n')}
</table>${more > 0 ? `\n<p>and ${String(more)} more</p>` : ''}`
}

function jobRow(pool: PoolView): string {
  const encoded = encodeURIComponent(pool.name.replace(/\p{Surrogate}/gu, '\uFFFD'))
  return `<tr><td>${link(`api/v1/targets?scrapePool=${encoded}`, pool.name)}</td>
<td class="n">${String(pool.activeCount)}</td><td class="n">${String(pool.droppedCount)}</td>
<td>${link(`http_sd/${encoded}`, 'relabeled')} ${link(`http_sd/${encoded}?stage=raw`, 'raw')}</td></tr>`
}

function link(href: string, text: string): string {
  return `<a href="${escapeHtml(href)}">${escapeHtml(text)}</a>`
}

function providerLines(manager: string, source: ProviderSource): string {
  const all = source.providers()
  const bad = all.filter(({ state }) => state === 'failing' || state === 'failed')
  const count = `${String(all.length)} for ${manager}`
  if (bad.length === 0) return `<p>${count}, none failing</p>`
  const named = bad
    .slice(0, 20)
    .map(({ name, lastError }) => `<li>${escapeHtml(`${name}: ${lastError?.message ?? ''}`)}</li>`)
  return `<p class="bad">${count}, ${String(bad.length)} failing</p><ul>${named.join('')}</ul>`
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A text as HTML, inside an element or a quoted attribute. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character)
}
