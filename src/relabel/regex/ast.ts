/**
 * A regular expression of RE2's language, parsed far enough to write it as JavaScript's. Flags are
 * resolved: case and dot appear as the characters they match.
 */
export type Ast =
  /** One character out of these ranges of code points: low, high, low, high, ... */
  | { readonly kind: 'chars'; readonly ranges: readonly number[] }
  /** A position; JavaScript means the same by it. */
  | { readonly kind: 'assert'; readonly source: '^' | '$' | '\\b' | '\\B' }
  | { readonly kind: 'group'; readonly index: number; readonly body: Ast }
  | { readonly kind: 'concat'; readonly items: readonly Ast[] }
  | { readonly kind: 'alternate'; readonly items: readonly Ast[] }
  | {
      readonly kind: 'repeat'
      readonly body: Ast
      readonly min: number
      readonly max: number
      readonly lazy: boolean
    }

/** Thrown inside the parser for what is valid in RE2 and has no translation here. */
export class Untranslatable extends Error {}
