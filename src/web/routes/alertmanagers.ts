import { apiRoute } from './api-route.js'
import type { Route } from '../context.js'
import { success } from '../reply/envelope.js'
import type { AlertmanagerSource } from '../sources.js'

/** The Alertmanagers that were discovered. */
export function alertmanagersRoute(source: AlertmanagerSource): Route {
  return apiRoute('/alertmanagers', (c) => {
    const { active, dropped } = source.alertmanagers()
    return success(c, {
      activeAlertmanagers: active.map(({ url }) => ({ url })),
      droppedAlertmanagers: dropped.map(({ url }) => ({ url })),
    })
  })
}
