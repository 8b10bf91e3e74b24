import type { LintCode } from '../code.js'
import { anchors } from './anchors.js'
import { dearRules } from './dear-rules.js'
import { emptyJobs } from './empty-jobs.js'
import { idleRules } from './idle-rules.js'
import { intervals } from './intervals.js'
import { labelValues } from './label-values.js'
import { lostLabels } from './lost-labels.js'
import { neverRead } from './never-read.js'
import { neverSet } from './never-set.js'
import { noPort } from './no-port.js'
import { references } from './references.js'
import { sameJob } from './same-job.js'
import { sameTargets } from './same-targets.js'
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
  idleRules,
  emptyJobs,
  sameTargets,
  labelValues,
  dearRules,
  noPort,
]
