import {
  concatMap,
  defer,
  EMPTY,
  filter,
  from,
  merge,
  type Observable,
  of,
  share,
  startWith,
  switchMap,
} from 'rxjs'
import type { Standing } from '../election/election.js'
import type { Logger } from '../telemetry/index.js'
import type { EpochDecision } from './allocator.js'
import { type Epoch, newestMembers } from './epoch.js'
import { packEpoch, unpackEpoch } from './epoch-text.js'

/** Who makes epochs while this replica leads. */
export interface EpochMaker {
  /** What was decided last. */
  readonly decided: Epoch | undefined
  readonly epochs: Observable<Epoch>
}

/**
 * What the allocator of a replica goes by: its own epochs while the replica leads, those of the leader else. A replica that
 * becomes the leader goes on from what was decided last.
 */
export function decisionsOf(
  standing: Observable<Standing>,
  logger: Logger,
): Observable<EpochDecision> {
  return standing.pipe(
    // A standing that is over before its epoch is unpacked does not count.
    switchMap((now) => from(decisionOf(now, logger))),
    filter((decision) => decision !== undefined),
    startWith({ kind: 'waiting' } as const),
    share(),
  )
}

/** Undefined where what was decided cannot be read: what is in force stays. */
async function decisionOf(standing: Standing, logger: Logger): Promise<EpochDecision | undefined> {
  switch (standing.kind) {
    case 'waiting':
      return standing
    case 'following': {
      const epoch = await unpacked(standing.decision, logger)
      return epoch && { kind: 'given', epoch }
    }
    case 'leading': {
      // A leader writes a good one in the place of one that cannot be read.
      const epoch = standing.from && (await unpacked(standing.from, logger))
      return { kind: 'own', from: epoch }
    }
  }
}

async function unpacked(packed: Buffer, logger: Logger): Promise<Epoch | undefined> {
  try {
    return await unpackEpoch(packed)
  } catch (err) {
    logger.error('The epoch of the replicas cannot be read', { err })
    return undefined
  }
}

/**
 * What a replica writes for the others: its epochs from the moment on at which it decides. An epoch without members is
 * kept to itself: it says that this replica has found none, and not that there are none.
 * @param decided those of {@link decisionsOf}
 */
export function packedEpochs(
  decided: Observable<EpochDecision>,
  maker: EpochMaker,
  logger: Logger,
): Observable<Buffer> {
  const present = defer(() => (maker.decided === undefined ? EMPTY : of(maker.decided)))
  return decided.pipe(
    switchMap(({ kind }) => (kind === 'own' ? merge(maker.epochs, present) : EMPTY)),
    filter((epoch) => newestMembers(epoch).length > 0),
    concatMap(async (epoch) => {
      try {
        return [await packEpoch(epoch)]
      } catch (err) {
        logger.error('The epoch cannot be shared with the other replicas', { err })
        return []
      }
    }),
    concatMap((packed) => packed),
  )
}
