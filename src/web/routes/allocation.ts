import type { AllocationSource, MemberStatus } from '../../allocation/source.js'
import { failure, success } from '../reply/envelope.js'
import { apiRoute, type WebRoute } from './route.js'

/**
 * `/api/v1/allocation`: the members, what they get, what moves, and the fingerprints by which replicas compare.
 * `/api/v1/allocation/owners?job=&address=`: who has a target.
 */
export function allocationRoutes(source: AllocationSource): readonly WebRoute[] {
  return [
    apiRoute('/allocation', (c) => success(c, shown(source))),
    apiRoute('/allocation/owners', (c) => {
      const job = c.req.query('job') ?? ''
      const address = c.req.query('address') ?? ''
      if (job === '' || address === '') {
        return failure(c, 'bad_data', 'job and address must be given')
      }
      if (source.jobFingerprint(job) === undefined) {
        return failure(c, 'not_found', `no job is called ${JSON.stringify(job)}`)
      }
      return success(c, { state: source.state, targets: source.owners(job, address) })
    }),
  ]
}

function shown(source: AllocationSource): object {
  const { state, fingerprint, epoch, overlapping, pending } = source
  const jobs = source.jobs().map((name) => ({
    name,
    targets: source.count(name),
    unassigned: source.unassigned(name),
    fingerprint: source.jobFingerprint(name) ?? '',
  }))
  return {
    state,
    fingerprint,
    generation: epoch?.generation ?? 0,
    members: source.members().map(memberOf),
    jobs,
    targets: source.count(),
    unassigned: source.unassigned(),
    overlapping,
    pending,
  }
}

function memberOf({ lastSeen, refreshMs, ...member }: MemberStatus): object {
  return {
    ...member,
    lastSeen: lastSeen === undefined ? null : new Date(lastSeen).toISOString(),
    refreshSeconds: refreshMs === undefined ? null : refreshMs / 1000,
  }
}
