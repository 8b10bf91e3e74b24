export const floors: readonly (readonly string[])[]
export const inner: Readonly<
  Record<
    string,
    { readonly folders: readonly (readonly string[])[]; readonly above: readonly string[] }
  >
>
export const leaves: readonly string[]
export function refusedRooms(room: string): readonly string[]
export function refusedFolders(room: string, folder: string): readonly string[]
export function lintConfig(): string
