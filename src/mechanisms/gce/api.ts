import { type HttpResponse, redactUrl, statusLine } from '../../http/index.js'
import { readJsonOrNothing } from '../kit/api.js'
import * as json from '../kit/shape.js'

/** The domain below which Google's own cloud has its APIs; those that partners run have others. */
export const googleUniverse = 'googleapis.com'

/** Where Compute Engine is in a universe: https://cloud.google.com/compute/docs/reference/rest/v1. */
export function apiOf(universe: string): string {
  return `https://compute.${universe}/compute/v1`
}

/** `{"error":{"message":…}}` of APIs, and `{"error":"invalid_grant","error_description":…}` of token servers. */
const apiError = json.object({ error: json.object({ message: json.text }) })
const tokenError = json.object({ error: json.text, error_description: json.text })

/** The error text for an answer of no use: the URL, which has the project and the zone, and Google's own words. */
export function refusal(response: HttpResponse): string | undefined {
  const said = saidIn(response)
  if (said === '') return undefined
  return `${redactUrl(response.url)}: server returned HTTP status ${statusLine(response)}: ${said}`
}

function saidIn(response: HttpResponse): string {
  const { message } = readJsonOrNothing(apiError, response).error
  if (message !== '') return message
  const { error, error_description: description } = readJsonOrNothing(tokenError, response)
  return description === '' ? error : `${error}: ${description}`
}
