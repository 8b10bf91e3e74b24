/** An option, or another number that a caller gives, is one that cannot work. */
export class OptionError extends RangeError {
  override readonly name = 'OptionError'
  readonly code = 'ERR_OPTION'
  readonly option: string

  /** @param wanted `a whole number, 1 or more` */
  constructor(option: string, value: unknown, wanted: string) {
    super(`${option} is ${String(value)}: give ${wanted}`)
    this.option = option
  }
}

/**
 * Checks a time: a timer takes NaN for one millisecond, and so does what is computed of it.
 * @param option names it in the error
 * @param ms milliseconds; `Infinity` is for ever
 * @throws {OptionError} unless it is left out, or a number of 0 or more
 */
export function checkMs(option: string, ms: number | undefined): void {
  if (ms === undefined || (typeof ms === 'number' && ms >= 0)) return
  throw new OptionError(option, ms, 'milliseconds, 0 or more')
}

/**
 * Checks a count or a limit; `Infinity` is no limit.
 * @param option names it in the error
 * @throws {OptionError} unless it is left out, or a whole number of at least that
 */
export function checkCount(option: string, count: number | undefined, least: 0 | 1 | 2 = 1): void {
  if (count === undefined || count === Infinity) return
  if (Number.isInteger(count) && count >= least) return
  throw new OptionError(option, count, `a whole number, ${String(least)} or more`)
}
