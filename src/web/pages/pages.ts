import type { WebRoute } from '../routes/route.js'
import { alertmanagersPage } from './alertmanagers.js'
import { assetsRoute } from './assets.js'
import { configPage } from './config.js'
import { discoveryPage } from './discovery.js'
import { eventsPage } from './events.js'
import { outputsPage } from './outputs.js'
import { overviewPage } from './overview.js'
import type { Site } from './page.js'
import { providersPage } from './providers.js'
import { relabelPages } from './relabel.js'
import { flagsPage, statusPage } from './status.js'
import { targetPage } from './target.js'
import { targetsPage } from './targets.js'

/** Every page for people, and the files that they are made of. */
export function pageRoutes(site: Site): readonly WebRoute[] {
  return [
    assetsRoute(site.assets),
    overviewPage(site),
    targetsPage(site),
    targetPage(site),
    discoveryPage(site),
    ...relabelPages(site),
    ...providersPage(site),
    eventsPage(site),
    outputsPage(site),
    alertmanagersPage(site),
    configPage(site),
    flagsPage(site),
    statusPage(site),
  ]
}
