import type { ProviderStatus } from '../../../src/discovery/provider/provider-status.js'
import type { GuardStatus } from '../../../src/discovery/guard/drop-guard.js'
import type { WebSources } from '../../../src/web/index.js'
import { discovery, pool, provider, sources } from '../helpers.js'

/** Texts that break pages: HTML, a script, marks that turn the direction of writing, 100 KB. */
export const nasty = {
  html: `<img src=x onerror="alert(1)">"'&`,
  script: '</title><script>document.title = "taken"</script>',
  turned: 'abc\u202egnp.exe\u2066',
  long: 'x'.repeat(100_000),
} as const

function guarded(
  from: WebSources['discovery'],
  guards: readonly GuardStatus[],
): WebSources['discovery'] {
  return { ...from, scrape: { ...from.scrape, guarded: () => guards } }
}

function many(count: number, of: string): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${of}-${String(i)}`)
}

function failing(name: string, more: Partial<ProviderStatus> = {}): ProviderStatus {
  return provider({
    name,
    mechanism: 'consul',
    state: 'failing',
    lastSuccess: 1000,
    lastError: { message: `GET http://consul: refused`, kind: 'ECONNREFUSED', at: 2000 },
    consecutiveFailures: 3,
    failures: 7,
    nextTry: 9000,
    ...more,
  })
}

/** What a muster may look like when its pages are opened. */
export const situations = {
  nothing: (): WebSources => sources(),
  starting: (): WebSources =>
    sources([], {
      readiness: () => 'starting',
      config: { yaml: () => '', lastReloadOk: () => false, lastSuccessAt: () => undefined },
    }),
  trouble: (): WebSources => {
    const names = Object.values(nasty)
    const providers = [
      ...names.map((name) => failing(name, { sets: [name] })),
      failing('consul/1', { state: 'failed', lastSuccess: undefined, sets: ['services'] }),
      failing('http/2', { lastError: { message: nasty.long, kind: nasty.html, at: 0 } }),
      provider({ name: 'file/3', staleSince: 100, sets: ['node'] }),
      provider({ name: 'dns/4', state: 'starting', lastSuccess: undefined, sets: ['names'] }),
    ]
    const pools = [...names, 'services', 'node', 'names'].map((name) => pool(name))
    const alertmanagers = {
      alertmanagers: () => ({
        active: [{ url: 'http://127.0.0.1:9093/api/v2/alerts' }],
        dropped: [{ url: `http://${nasty.html}/` }],
      }),
      health: () => [
        {
          url: 'http://127.0.0.1:9093/api/v2/alerts',
          queued: 17,
          sending: 3,
          lastError: nasty.script,
          nextTry: 9000,
        },
      ],
    }
    return sources(pools, {
      discovery: guarded(discovery(providers, [failing('dns/0', { sets: ['config-0'] })]), [
        { set: 'node', isFrozen: true, heldTargets: 0, since: undefined },
        { set: nasty.html, isFrozen: false, heldTargets: 12, since: 3000 },
      ]),
      alertmanagers,
      config: {
        yaml: () => `scrape_configs:\n- job_name: node\n  x: ${JSON.stringify(nasty.html)}\n`,
        lastReloadOk: () => false,
        lastSuccessAt: () => 1000,
        lastReload: () => ({
          ok: false,
          causes: ['web'],
          startedAt: 3000,
          durationMs: 3,
          fingerprint: undefined,
          reasons: [
            { part: 'load', phase: 'load', error: new Error(`p.yml:6:3: bad ${nasty.turned}`) },
          ],
        }),
      },
      flags: { 'config.file': 'p.yml', nasty: nasty.long, html: nasty.html },
    })
  },
  many: (): WebSources => {
    const names = many(5000, 'job')
    const providers = names.map((name, i) =>
      i % 3 === 0
        ? failing(`consul/${String(i)}`, { sets: [name] })
        : provider({ name: `static/${String(i)}`, sets: [name] }),
    )
    const pools = names.map((name) => ({ ...pool(name), activeCount: 20, droppedCount: 7 }))
    return sources(pools, { discovery: discovery(providers) })
  },
} satisfies Record<string, () => WebSources>
