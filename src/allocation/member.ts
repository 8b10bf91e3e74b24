/** A member as the choice knows it: equal ones give equal answers, whatever else is known of them. */
export interface MemberSpec {
  /** What it calls itself when it asks: its `collector_id`. */
  readonly id: string
  /** A whole number, 1 to 64: how many times the share of a member of weight 1 it gets. */
  readonly weight: number
  /** Empty where it is in none. */
  readonly zone: string
  /** The machine it runs on; empty where that is not known. */
  readonly node: string
}

/** The most a member can weigh. */
export const maxMemberWeight = 64

/** The order of members: by their ids, by UTF-16 code units. */
export function compareIds(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}

/** Whether two mean the same to the choice. */
export function isSameMember(a: MemberSpec, b: MemberSpec): boolean {
  return a.id === b.id && a.weight === b.weight && a.zone === b.zone && a.node === b.node
}
