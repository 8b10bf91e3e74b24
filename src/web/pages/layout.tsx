import type { Child } from 'hono/jsx'
import type { Html } from './html.js'
import type { ReloadResult } from '../../reload/index.js'
import type { Readiness } from '../sources.js'
import type { Site, Theme } from './page.js'
import { Reasons } from './reasons.js'
import { Text, Time } from './text.js'

/** The pages of the navigation, with the key that leads there after `g`. */
const navigation = [
  { path: '/', name: 'Overview', key: 'o' },
  { path: '/targets', name: 'Targets', key: 't' },
  { path: '/service-discovery', name: 'Discovery', key: 'd' },
  { path: '/relabel', name: 'Relabel', key: 'r' },
  { path: '/providers', name: 'Providers', key: 'p' },
  { path: '/events', name: 'Events', key: 'e' },
  { path: '/outputs', name: 'Outputs', key: 'u' },
  { path: '/alertmanager-discovery', name: 'Alertmanagers', key: 'a' },
  { path: '/config', name: 'Config', key: 'c' },
  { path: '/flags', name: 'Flags', key: 'f' },
  { path: '/status', name: 'Status', key: 's' },
] as const

export interface LayoutProps {
  readonly site: Site
  readonly root: string
  /** The path of the page's route. */
  readonly path: string
  readonly title: string
  /** The page follows muster while it is looked at. */
  readonly isLive: boolean
  readonly theme: Theme
  readonly script: string | undefined
  readonly style: string | undefined
  readonly children?: Child
}

/** What is around every page: the header, the navigation, and what is wrong with muster as a whole. */
export function Layout(props: LayoutProps): Html {
  const { site, root, path, title, isLive, theme, script, style } = props
  const { sources, name } = site
  const readiness = sources.readiness()
  const reload = sources.config.lastReload?.()
  return (
    <html lang="en" class={theme === 'auto' ? '' : `theme-${theme}`}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === 'auto' ? 'light dark' : theme} />
        <title>{`${title} · muster · ${name}`}</title>
        <link rel="icon" href="data:," />
        {style === undefined ? null : <link rel="stylesheet" href={`${root}ui/${style}`} />}
        {script === undefined ? null : <script type="module" src={`${root}ui/${script}`}></script>}
      </head>
      <body
        data-root={root}
        data-now={String(site.process.now())}
        data-live={isLive ? true : undefined}
      >
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header>
          <p class="brand">
            <a href={root}>muster</a> <Text text={name} />
          </p>
          <nav aria-label="Pages">
            <ul>
              {navigation.map((one) => (
                <li>
                  <a
                    href={`${root}${one.path.slice(1)}`}
                    aria-current={one.path === path ? 'page' : undefined}
                    data-key={one.key}
                  >
                    {one.name}
                  </a>
                </li>
              ))}
            </ul>
          </nav>
          <div class="tools" id="tools"></div>
        </header>
        <main id="main" tabindex={-1}>
          <h1>{title}</h1>
          <Condition readiness={readiness} reload={reload} now={site.process.now()} root={root} />
          {props.children}
        </main>
        <footer>
          muster {sources.build.version}
          <span class="hint"> · press ? for keys</span>
        </footer>
      </body>
    </html>
  )
}

/** What is wrong with muster as a whole: it is not ready, or the file on disk is not the config in force. */
function Condition(props: {
  readonly readiness: Readiness
  readonly reload: ReloadResult | undefined
  readonly now: number
  readonly root: string
}): Html | null {
  const { readiness, reload, now, root } = props
  if (readiness === 'ready' && reload?.ok !== false) return null
  return (
    <div class="condition" id="condition">
      {readiness === 'starting' ? (
        <p class="notice warn">
          <strong>Starting.</strong> No config is in force yet: what is shown is not complete.
        </p>
      ) : null}
      {readiness === 'stopping' ? (
        <p class="notice warn">
          <strong>Stopping.</strong> Discovery has ended; what is shown is the last state.
        </p>
      ) : null}
      {reload?.ok === false ? (
        <div class="notice bad">
          <strong>The last reload failed</strong> <Time at={reload.startedAt} now={now} />. The
          config before it is still in force.
          <Reasons reasons={reload.reasons} root={root} />
        </div>
      ) : null}
    </div>
  )
}
