import { Counter, type Registry } from 'prom-client'
import type { Logger } from '../../telemetry/index.js'
import type { ScrapeConfigsText } from '../../config/index.js'

// Ids come from the network.
const mostWarned = 1000
const mostCharacters = 200

/** Says once what an operator should know of the members that ask the Target Allocator's routes. */
export class MemberWarnings {
  readonly #logger: Logger
  readonly #unknownRequests: Counter
  readonly #jobs: Set<string> = new Set()
  readonly #unknown: Set<string> = new Set()

  constructor(logger: Logger, registry: Registry) {
    this.#logger = logger
    this.#unknownRequests = new Counter({
      name: 'muster_allocation_unknown_member_requests_total',
      help: 'Requests for the targets of a member that is not there.',
      registers: [registry],
    })
  }

  /** Jobs were given without their secrets. */
  secretsHidden({ secretJobs }: ScrapeConfigsText): void {
    for (const job of secretJobs) {
      if (this.#jobs.has(job)) continue
      this.#jobs.add(job)
      this.#logger.warn(
        'Members get <secret> in place of the secrets of a scrape config, and will be refused by its targets: ' +
          'give members client certificates that client_ca_file in --web.config.file verifies, or set --allocator.insecure-secrets',
        { scrape_pool: job },
      )
    }
  }

  /** The targets of a member that is not there were asked for. */
  unknownMember(member: string): void {
    this.#unknownRequests.inc()
    const shown = member.slice(0, mostCharacters)
    if (this.#unknown.has(shown) || this.#unknown.size === mostWarned) return
    this.#unknown.add(shown)
    this.#logger.warn('The targets of an unknown member were asked for: it gets none', {
      member: shown,
    })
  }
}
