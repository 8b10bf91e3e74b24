import { success } from '../reply/envelope.js'
import type { AlertmanagerSource } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

/** The Alertmanagers that were discovered. */
export function alertmanagersRoute(source: AlertmanagerSource): WebRoute {
  return apiRoute('/alertmanagers', (c) => {
    const { active, dropped } = source.alertmanagers()
    return success(c, {
      activeAlertmanagers: active.map(({ url }) => ({ url })),
      droppedAlertmanagers: dropped.map(({ url }) => ({ url })),
    })
  })
}
