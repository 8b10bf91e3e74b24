import { describe, expect, it } from 'vitest'
import { defaultGuardRule, parseGuardRule } from '../../src/discovery/index.js'

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
