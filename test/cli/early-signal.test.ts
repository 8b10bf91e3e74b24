import { expect, it, onTestFinished } from 'vitest'
import { Daemon, Workspace } from '../helpers/daemon.js'

/**
 * Node options with which a process signals itself at each module that the program loads, its first one
 * included: no moment is earlier in which code of muster can have run.
 */
function signallingAtEachImport(signal: NodeJS.Signals): NodeJS.ProcessEnv {
  const hooks = `
    let isBegun = false
    export function resolve(specifier, context, next) {
      isBegun ||= /\\/program-[^/]+\\.js$/.test(specifier)
      if (isBegun) process.kill(process.pid, '${signal}')
      return next(specifier, context)
    }`
  const preload = `import { register } from 'node:module'; register(${JSON.stringify(moduleOf(hooks))})`
  return { NODE_OPTIONS: `--import=${moduleOf(preload)}` }
}

function moduleOf(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`
}

function config(): string {
  const workspace = new Workspace()
  onTestFinished(() => workspace.remove())
  return workspace.write('p.yml', 'scrape_configs: [{job_name: a}]\n')
}

it('SIGHUP does not end a daemon that is still being loaded', async () => {
  const daemon = await Daemon.start(config(), [], signallingAtEachImport('SIGHUP'))
  onTestFinished(() => daemon.stop())
  daemon.kill('SIGTERM')
  expect(await daemon.exited).toEqual({ code: 0, signal: null })
})

it.each(['SIGTERM', 'SIGINT'] as const)('%s ends it', async (signal) => {
  const daemon = Daemon.spawn([`--config.file=${config()}`], signallingAtEachImport(signal))
  onTestFinished(() => daemon.stop())
  expect(await daemon.exited).toEqual({ code: null, signal })
})
