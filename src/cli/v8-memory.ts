import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/** More bytes of code than a process ever runs: V8 takes this as how much until it compiles once more. */
const never = 2_000_000_000
/** Of the space for new objects: 8 MiB, and the same again to copy to. */
const enoughBytes = 16 << 20
const lookEveryMs = 1000

/** What of V8 is looked at and set; tests bring their own. */
export interface V8Settings {
  setFlag(flag: string): void
  /** Of the space for new objects. */
  youngBytes(): number
}

const v8OfProcess: V8Settings = {
  setFlag: setFlagsFromString,
  youngBytes() {
    const spaces = getHeapSpaceStatistics()
    return spaces.find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
  },
}

/**
 * Sets V8 for a process that reads much and keeps little of it. To be called before anything is read.
 *
 * The parser of HTTP answers is one huge function of WebAssembly: to compile it a second time, for speed, takes
 * 0.4 s of a core and 40 MB, of which 6 to 14 MB are never given back; answers are not read faster by it.
 *
 * New objects fill a space that V8 doubles for as long as they survive, from 1 MiB to 16 and the same
 * again to copy to, and does not make smaller for a daemon at work. 8 read 100,000 targets as fast.
 * @param options what Node was started with; who sets either there has it so
 * @returns to be called when the program is loaded and running: from then on the space grows to 8 MiB at most
 */
export function setV8Memory(options: string, v8: V8Settings = v8OfProcess): () => void {
  if (!/wasm|liftoff/.test(options)) v8.setFlag(`--wasm-tiering-budget=${String(never)}`)
  if (/semi[-_]space/.test(options)) return () => undefined
  const look = (): void => {
    if (v8.youngBytes() >= enoughBytes) v8.setFlag('--semi-space-growth-factor=1')
    else setTimeout(look, lookEveryMs).unref()
  }
  return look
}
