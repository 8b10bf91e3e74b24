import { dockerFilters, DockerEngine } from '../kit/docker-engine.js'
import type { WatchingSearch } from '../kit/polled.js'
import type { Config } from './index.js'
import { Nodes } from './nodes.js'
import { Services } from './services.js'
import { type Hint, type Search, type Swarm, watchSwarm } from './swarm.js'
import { Tasks } from './tasks.js'

/** Finds what the role of the section says, and watches it. */
export function groups(config: Config): WatchingSearch<Hint> {
  const filters = dockerFilters(config.filters)
  const engine = new DockerEngine(filters)
  const search = searchOf({ engine, filters, config })
  return {
    find: (api, hints) => search.find(api, hints),
    watch: (api) => watchSwarm(api, engine, search.wanted),
  }
}

function searchOf(swarm: Swarm): Search {
  switch (swarm.config.role) {
    case 'nodes':
      return new Nodes(swarm)
    case 'services':
      return new Services(swarm)
    default:
      return new Tasks(swarm)
  }
}
