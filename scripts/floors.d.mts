export const floors: readonly (readonly string[])[]
export const leaves: readonly string[]
export function refusedRooms(room: string): readonly string[]
export function lintConfig(): string
