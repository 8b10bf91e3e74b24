import { describe, expect, it } from 'vitest'
import { checkGuardRule, defaultGuardRule, parseGuardRule } from '../../src/discovery/index.js'

describe('the rule of the guard', () => {
  it.each([
    { text: 'default', rule: {} },
    { text: 'share=20%', rule: { share: 0.2 } },
    { text: 'share=0.5%, minimum=3', rule: { share: 0.005, minimum: 3 } },
    { text: 'answers=2,after=1h30m', rule: { answers: 2, afterMs: 5_400_000 } },
  ])('$text', ({ text, rule }) => {
    expect(parseGuardRule(text)).toEqual({ ...defaultGuardRule, ...rule })
  })

  it.each([
    { part: { share: Number.NaN }, says: 'share is NaN: give 0 to 1' },
    { part: { share: 50 }, says: 'share is 50: give 0 to 1' },
    { part: { minimum: 0 }, says: 'minimum is 0: give 1 or more' },
    { part: { answers: 1 }, says: 'answers is 1: give 2 or more' },
    { part: { answers: Number.NaN }, says: 'answers is NaN' },
    { part: { afterMs: -1 }, says: 'afterMs is -1: give milliseconds, 0 or more' },
  ])('is refused where $says', ({ part, says }) => {
    expect(() => checkGuardRule({ ...defaultGuardRule, ...part })).toThrow(says)
    expect(() => checkGuardRule({ ...defaultGuardRule, afterMs: Infinity })).not.toThrow()
  })

  it.each([
    { text: '', says: 'write share=50%' },
    { text: 'share', says: '"share": write share=50%' },
    { text: 'share=120%', says: 'share=120%: write 0% to 100%' },
    { text: 'share=half', says: 'write 0% to 100%' },
    { text: 'minimum=0', says: 'minimum=0: write 1 or more' },
    { text: 'answers=1', says: 'answers=1: write 2 or more' },
    { text: 'after=soon', says: 'after=soon: write a time' },
    { text: 'until=5m', says: '"until=5m": write share=50%' },
  ])('refuses "$text"', ({ text, says }) => {
    expect(() => parseGuardRule(text)).toThrow(says)
  })
})
