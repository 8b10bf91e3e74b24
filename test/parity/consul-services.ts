import type { RealConsul } from '../helpers/real-consul.js'

/** One instance in the body of Consul's `/v1/agent/service/register`. */
interface Registration {
  readonly Name: string
  readonly ID: string
  readonly Address?: string
  readonly Port: number
  readonly Tags: readonly string[]
  readonly Meta: Readonly<Record<string, string>>
  readonly Checks: readonly { readonly TTL: string; readonly Status: string }[]
}

/** Registers many services, one to four instances each, of every health, with tags and metadata. */
export async function fillConsul(consul: RealConsul, services: number): Promise<void> {
  const all = Array.from({ length: services }, (_, i) =>
    Array.from({ length: 1 + (i % 4) }, (__, j) => registration(i, j)),
  ).flat()
  for (let at = 0; at < all.length; at += 20) {
    await Promise.all(all.slice(at, at + 20).map((body) => consul.registerService(body)))
  }
}

function registration(service: number, instance: number): Registration {
  const tags = ['blue', 'v2', 'zone-a'].filter((_, i) => (service + instance) % (i + 2) === 0)
  const health = ['passing', 'warning', 'critical'][(service + instance) % 3] ?? 'passing'
  return {
    Name: `service-${String(service)}`,
    ID: `service-${String(service)}-${String(instance)}`,
    ...(service % 5 === 0 && service % 11 !== 1
      ? {}
      : { Address: `10.1.${String(service % 250)}.${String(instance)}` }),
    // Those without an address of their own share the node's: no two may be alike.
    Port: service % 11 === 1 ? 0 : 8000 + service * 4 + instance,
    Tags: tags,
    Meta: { team: `t${String(service % 7)}`, 'build-id': String(service * 31), empty: '' },
    Checks: service % 6 === 0 ? [] : [{ TTL: '10h', Status: health }],
  }
}
