import type { WebRoute } from '../routes/route.js'
import { assetsRoute } from './assets.js'
import { overviewPage } from './overview.js'
import type { Site } from './page.js'
import { providersPage } from './providers.js'

/** Every page for people, and the files that they are made of. */
export function pageRoutes(site: Site): readonly WebRoute[] {
  return [assetsRoute(site.assets), overviewPage(site), ...providersPage(site)]
}
