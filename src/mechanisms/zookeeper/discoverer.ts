import { defer, filter, map, merge, type Observable, of, switchMap, tap } from 'rxjs'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Discoverer, DiscovererContext, Finding } from '../../discovery/mechanism.js'
import { sharedEnsemble, type SharedEnsembles } from './ensemble.js'
import type { ReadMember } from './member.js'
import type { ZookeeperMetrics } from './metrics.js'
import type { ZookeeperConfig } from './section.js'
import { Tree, type TreeNews, type TreeState } from './tree.js'
import type { Znodes } from './znodes.js'

/** What the discoverers of a mechanism share. */
export interface Shared {
  readonly metrics: ZookeeperMetrics
  readonly ensembles: SharedEnsembles
  /** How many znodes one tree may have. */
  readonly mostZnodes: number
}

/** Finds the members below the paths of a config, and follows them by watches. */
export function zookeeperDiscoverer(
  read: ReadMember,
  config: ZookeeperConfig,
  context: DiscovererContext,
  { metrics, ensembles, mostZnodes }: Shared,
): Discoverer {
  const { scheduler, random, logger } = context
  const { servers, timeout: timeoutMs } = config
  const countRequest = (): void => context.countRequest?.()
  const options = { read, scheduler, random, metrics, mostZnodes, countRequest }
  return {
    findings: () =>
      defer(() => {
        const trees = [...new Set(config.paths)].map((path) => new Tree(path, options))
        return sharedEnsemble(ensembles, {
          servers,
          timeoutMs,
          scheduler,
          random,
          logger,
        }).pipe(
          switchMap((state): Observable<Finding> => {
            if (state.kind === 'open') return followAll(trees, state.znodes)
            metrics.failures.inc()
            return of({ trouble: { error: state.error, nextTry: state.nextTry } })
          }),
          tap(({ trouble }) => {
            if (trouble) logger.error('Error reading from Zookeeper', { err: trouble.error })
          }),
        )
      }),
  }
}

/** What is found over one session. The first finding waits until all of every tree was tried. */
function followAll(trees: readonly Tree[], znodes: Znodes): Observable<Finding> {
  return defer(() => {
    const states = new Map<Tree, TreeState>()
    const held = new Map<string, TargetGroup>()
    return merge(
      ...trees.map((tree) =>
        tree.follow(znodes).pipe(
          map(({ groups = [], state }: TreeNews): Finding => {
            for (const group of groups) held.set(group.source, group)
            if (state !== undefined) states.set(tree, state)
            if (states.size < trees.length) return {}
            const found = held.size > 0 ? { groups: [...held.values()] } : {}
            held.clear()
            return state === undefined ? found : { ...found, ...judged(state, states) }
          }),
        ),
      ),
    ).pipe(filter((finding) => Object.keys(finding).length > 0))
  })
}

/** What the new state of one tree says of all of them. */
function judged(
  state: TreeState,
  states: ReadonlyMap<Tree, TreeState>,
): Pick<Finding, 'complete' | 'trouble'> {
  const failing = [state, ...states.values()].find(({ kind }) => kind === 'failing')
  if (failing?.kind !== 'failing') return { complete: true }
  return { trouble: { error: failing.error, nextTry: failing.nextTry } }
}
