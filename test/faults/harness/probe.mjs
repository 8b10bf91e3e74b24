// Loaded into a daemon under test (NODE_OPTIONS=--import): lets the test look at what the process
// holds, after a garbage collection, move its wall clock, fill its disk and make it read-only. One JSON line
// in, one out.
import fs, { open } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { createServer } from 'node:net'
import process from 'node:process'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let offset = 0
const WallClock = Date
globalThis.Date = class Date extends WallClock {
  constructor(...args) {
    if (args.length === 0) super(WallClock.now() + offset)
    else super(...args)
  }

  static now() {
    return WallClock.now() + offset
  }
}

// A disk that is full: every write to an open file goes to the device that always is.
let isDiskFull = false
const full = await open('/dev/full', 'w')
const { prototype } = full.constructor
const { write } = prototype
prototype.write = function writeOrFail(...args) {
  return write.apply(isDiskFull ? full : this, args)
}

// A disk that is read-only: no file is opened for writing, as the system says it.
let isReadOnly = false
const realOpen = fs.open
fs.open = (file, flags, ...rest) => {
  const writes = typeof flags === 'string' && /[wa+]/.test(flags)
  if (!isReadOnly || !writes) return realOpen(file, flags, ...rest)
  const message = `EROFS: read-only file system, open '${String(file)}'`
  return Promise.reject(Object.assign(new Error(message), { code: 'EROFS', syscall: 'open' }))
}
syncBuiltinESMExports()

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc')

function vitals() {
  collectGarbage()
  const handles = {}
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== 'Immediate') handles[kind] = (handles[kind] ?? 0) + 1
  }
  for (const event of process.eventNames()) {
    handles[`listener ${String(event)}`] = process.listenerCount(event)
  }
  const { heapUsed, external } = process.memoryUsage()
  return { handles, memory: heapUsed + external }
}

const address = process.env.MUSTER_PROBE
if (address !== undefined) {
  const server = createServer((socket) => {
    socket.unref()
    socket.on('error', () => undefined)
    socket.once('data', (line) => {
      const { jump = 0, diskFull = isDiskFull, readOnly = isReadOnly } = JSON.parse(line.toString())
      offset += jump
      isDiskFull = diskFull
      isReadOnly = readOnly
      socket.end(JSON.stringify(vitals()))
    })
  })
  server.listen(address).unref()
}
