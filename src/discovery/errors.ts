/** A discoverer gave something that is no list of target groups: a defect of its mechanism. */
export class InvalidGroupsError extends Error {
  override readonly name = 'InvalidGroupsError'
  readonly code = 'ERR_DISCOVERY_GROUPS'
}

/** Two mechanisms want one name or one key, or a name cannot be used. */
export class MechanismError extends Error {
  override readonly name = 'MechanismError'
  readonly code = 'ERR_DISCOVERY_MECHANISM'
}

/** A poll cannot be made as configured. */
export class RefreshError extends Error {
  override readonly name = 'RefreshError'
  readonly code = 'ERR_DISCOVERY_REFRESH'
}

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What sort of error it is, for people and dashboards: its stable code, or else its class. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : error.name
}
