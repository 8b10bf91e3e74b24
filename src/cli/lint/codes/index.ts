import type { LintCode } from '../code.js'
import { anchors } from './anchors.js'
import { intervals } from './intervals.js'
import { lostLabels } from './lost-labels.js'
import { neverRead } from './never-read.js'
import { neverSet } from './never-set.js'
import { references } from './references.js'
import { sameJob } from './same-job.js'
import { shards } from './shards.js'
import { slowRegex } from './slow-regex.js'
import { unreachable } from './unreachable.js'

/** All codes, in the order of their numbers: the docs and `--help` come from here. */
export const lintCodes: readonly LintCode[] = [
  unreachable,
  neverSet,
  neverRead,
  references,
  anchors,
  slowRegex,
  lostLabels,
  shards,
  sameJob,
  intervals,
]
