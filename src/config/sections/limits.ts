import { bytes, type Field, field, type Type, uint } from '../../yaml/index.js'

/** The limits that a job inherits from `global`; 0 means none. */
export interface Limits {
  readonly body_size_limit: number
  readonly sample_limit: number
  readonly target_limit: number
  readonly label_limit: number
  readonly label_name_length_limit: number
  readonly label_value_length_limit: number
}

const count = (type: Type<number>): Field<number> => field(type)

/** The keys of {@link Limits}, in printing order. */
export const limitFields: Readonly<Record<keyof Limits, Field<number>>> = {
  body_size_limit: count(bytes),
  sample_limit: count(uint),
  target_limit: count(uint),
  label_limit: count(uint),
  label_name_length_limit: count(uint),
  label_value_length_limit: count(uint),
}

/** A job's limits where it has them, else those of `global`: a job cannot lift a limit. */
export function inheritLimits(job: Limits, global: Limits): Limits {
  return {
    body_size_limit: job.body_size_limit || global.body_size_limit,
    sample_limit: job.sample_limit || global.sample_limit,
    target_limit: job.target_limit || global.target_limit,
    label_limit: job.label_limit || global.label_limit,
    label_name_length_limit: job.label_name_length_limit || global.label_name_length_limit,
    label_value_length_limit: job.label_value_length_limit || global.label_value_length_limit,
  }
}
