/** What a consumer does with one door of the package. */
export interface Door {
  readonly door: string
  /** Some values it exports. */
  readonly values: readonly string[]
  /** Some types it exports, with their arguments where they take any. */
  readonly types: readonly string[]
  /** TypeScript that uses them; prints `works`. */
  readonly use: string
}

/** One row for each door of package.json's `exports`. */
export const doors: readonly Door[] = [
  {
    door: 'muster-sd',
    values: ['daemon', 'loadConfig', 'ScrapeManager', 'ConfigError', 'builtInMechanisms'],
    types: ['Config', 'DaemonOptions', 'LoadOptions', 'ScrapeConfig'],
    use: `
      const options: LoadOptions = { mechanisms: [] }
      loadConfig('absent.yml', options).then(
        (config: Config) => console.log(config.jobs.length),
        (error: unknown) => console.log(error instanceof Error ? 'works' : 'broken'),
      )`,
  },
  {
    door: 'muster-sd/run',
    values: ['Group', 'Gate', 'abortable', 'signalActor', 'supervise'],
    types: ['Actor', 'LifecycleEvent', 'StopReport'],
    use: `
      const actor: Actor = abortable('work', async () => {})
      const events: LifecycleEvent[] = []
      const group: Group = new Group({ onEvent: (event) => events.push(event) }).add(actor)
      group.run().then(() => {
        const report: StopReport = group.report()
        console.log(events.length === 3 && report.blockers.length === 0 ? 'works' : 'broken')
      })`,
  },
  {
    door: 'muster-sd/reload',
    values: ['Reloader', 'onSignal', 'hashFiles', 'formatReasons'],
    types: ['Reloadable<number>', 'ReloadResult', 'CheckResult'],
    use: `
      const part: Reloadable<number> = {
        name: 'part',
        prepare: (limit) => ({ changes: [String(limit)], commit() {}, discard() {} }),
      }
      const reloader: Reloader<number> = new Reloader({ load: async () => 7, parts: [part] })
      reloader.check().then((result: CheckResult) => {
        console.log(result.changes[0]?.changes?.[0] === '7' ? 'works' : 'broken')
      })`,
  },
  {
    door: 'muster-sd/testing',
    values: ['runActor', 'scriptedActor', 'fakeSignals', 'leaksOf'],
    types: ['ScriptedActor', 'FakeSignals'],
    use: `
      const actor: ScriptedActor = scriptedActor('a')
      const running = runActor(actor)
      actor.finish()
      running.outcome.then(({ ok }) => console.log(ok ? 'works' : 'broken'))`,
  },
  {
    door: 'muster-sd/testing/discovery',
    values: ['handDiscoverer', 'testContext', 'FakeClock', 'recordingLogger'],
    types: ['HandDiscoverer', 'TestContext', 'LoggedLine'],
    use: `
      const context: TestContext = testContext()
      const discoverer: HandDiscoverer = handDiscoverer()
      const lines: readonly LoggedLine[] = context.lines
      console.log(discoverer.subscribers + lines.length + context.scheduler.pending === 0 ? 'works' : 'broken')`,
  },
  {
    door: 'muster-sd/discovery',
    values: ['DiscoveryManager', 'MechanismRegistry', 'discoveryMetrics', 'refresh'],
    types: ['Discoverer', 'Mechanism', 'TargetGroup', 'TargetUpdate'],
    use: `
      const mechanisms: MechanismRegistry = new MechanismRegistry([])
      const group: TargetGroup = { source: 's', labels: {}, targets: [{ __address__: 'a:1' }] }
      console.log([...mechanisms].length === 0 && group.targets.length === 1 ? 'works' : 'broken')`,
  },
  {
    door: 'muster-sd/kit',
    values: ['polled', 'createApi', 'labelsFrom', 'json', 'struct', 'pollKeys'],
    types: ['MechanismFactory', 'Api', 'PolledConfig', 'TargetGroup'],
    use: `
      const labels = labelsFrom<{ id: string }>('x_', { id: (host) => host.id })
      const host = json.readShape(json.object({ id: json.id }), { ID: 7 }, 'a test')
      console.log(labels(host).x_id === '7' ? 'works' : 'broken')`,
  },
  {
    door: 'muster-sd/allocation',
    values: ['assign', 'epochOf', 'hashKey', 'plainFacet', 'plainRules', 'Allocator'],
    types: ['Epoch', 'MemberSpec', 'TargetSpec'],
    use: `
      const members: readonly MemberSpec[] = [{ id: 'a', weight: 1, zone: '', node: '' }]
      const target: TargetSpec = { key: hashKey(['x:1']), facet: plainFacet, weight: 1 }
      const epoch: Epoch = epochOf(members)
      console.log(assign([target], epoch, plainRules)[0]?.[0] === 'a' ? 'works' : 'broken')`,
  },
  {
    door: 'muster-sd/relabel',
    values: ['relabeler', 'Relabeler', 'relabelRule', 'RelabelRuleError'],
    types: ['RelabelRule', 'RelabelStep'],
    use: `
      const rule: RelabelRule = relabelRule({ target_label: 'team', replacement: 'a' })
      console.log(new Relabeler([rule]).apply({ job: 'x' })?.team === 'a' ? 'works' : 'broken')`,
  },
  {
    door: 'muster-sd/notifier',
    values: ['Notifier', 'alertmanagerConfig', 'setName'],
    types: ['Alert', 'NotifierOptions'],
    use: `
      const { timeout } = alertmanagerConfig()
      console.log(timeout === 10_000 && setName(0) === 'config-0' ? 'works' : 'broken')`,
  },
]
