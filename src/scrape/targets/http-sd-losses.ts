import type { NameList } from '../../relabel/index.js'

/** Labels that every target has at a consumer of http_sd, whether the answer names them or not. */
const alwaysThere = ['job', '__scheme__', '__metrics_path__'] as const

/** Of how many active targets an http_sd answer cannot say every label. */
export interface HttpSdLosses {
  /** They have a label without a name, which a labelmap can make: it is left out, or the consumer takes nothing. */
  readonly leftOut: number
  /** Rules took away a label (`job`, for one) that comes back at the consumer. */
  readonly comesBack: number
}

/** Counts them while targets come and go. */
export class HttpSdLossCount implements HttpSdLosses {
  leftOut = 0
  comesBack = 0

  /** @param by 1 for a target that comes, -1 for one that goes */
  add(list: NameList, by: 1 | -1): void {
    // Names are in order: the empty one is the first.
    if (list.names[0] === '') this.leftOut += by
    if (alwaysThere.some((name) => list.indexOf(name) === undefined)) this.comesBack += by
  }
}
