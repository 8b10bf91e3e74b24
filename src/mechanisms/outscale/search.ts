import { joinHostPort } from '../../go/host-port.js'
import { readRegular, secretLimit } from '../../go/read-file.js'
import { signForAws } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import { type Api, readJson } from '../kit/api.js'
import { labelsFrom } from '../kit/labels.js'
import { pagesOf } from '../kit/pages.js'
import * as json from '../kit/shape.js'
import type { OutscaleConfig } from './index.js'

/** The secret key cannot be read. */
export class OutscaleKeyError extends Error {
  override readonly name = 'OutscaleKeyError'
  readonly code = 'ERR_OUTSCALE_KEY'
}

const vm = json.object({
  VmId: json.text,
  State: json.text,
  PrivateIp: json.optional(json.text),
  PublicIp: json.optional(json.text),
  Placement: json.object({ SubregionName: json.optional(json.text) }),
  Tags: json.list(json.object({ Key: json.text, Value: json.text })),
})

const answer = json.object({ Vms: json.list(vm), NextPageToken: json.text })

interface Vm extends json.Read<typeof vm> {
  readonly region: string
}

const labels = labelsFrom<Vm>('__meta_outscale_vm_', {
  instance_id: (v) => v.VmId,
  region: (v) => v.region,
  subregion: (v) => v.Placement.SubregionName,
  state: (v) => v.State,
  private_ip: (v) => v.PrivateIp,
  public_ip: (v) => v.PublicIp,
  tag_: (v) => tags(v),
})

/** The name of the group. */
export function source({ region }: OutscaleConfig): string {
  return region
}

/**
 * Finds the virtual machines of an account in one region: https://docs.outscale.com/api#readvms.
 * @param now Unix milliseconds: signatures have the time in them
 */
export async function* targets(
  api: Api,
  config: OutscaleConfig,
  now: () => number = Date.now,
): AsyncGenerator<Labels> {
  const { region, port } = config
  const secretKey = await secretKeyOf(config, api.signal)
  const ask = async (token?: string): Promise<json.Read<typeof answer>> => {
    const body = JSON.stringify(token === undefined ? {} : { NextPageToken: token })
    const url = new URL(api.urlOf('/ReadVms'))
    const headers = signForAws(
      { method: 'POST', url, headers: { 'content-type': 'application/json' }, body },
      { vendor: 'OSC', region, service: 'api' },
      { accessKey: config.access_key, secretKey, sessionToken: undefined },
      now(),
    )
    const response = await api.ask('/ReadVms', { method: 'POST', headers, body })
    return readJson(answer, response, api.maxWeight)
  }
  for await (const { Vms } of pagesOf(ask, (page) => page.NextPageToken, 'ReadVms')) {
    for (const one of Vms) {
      const address = one.PrivateIp || one.PublicIp
      if (address === undefined || address === '') continue
      yield { __address__: joinHostPort(address, port), ...labels({ ...one, region }) }
    }
  }
}

async function secretKeyOf(
  { secret_key, secret_key_file }: OutscaleConfig,
  signal: AbortSignal,
): Promise<string> {
  if (!secret_key.isEmpty) return secret_key.reveal()
  try {
    const bytes = await readRegular(secret_key_file, { limit: secretLimit, signal })
    return bytes.toString('utf8').trim()
  } catch (error) {
    if (signal.aborted) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new OutscaleKeyError(`unable to read secret_key_file: ${reason}`, { cause: error })
  }
}

function* tags({ Tags }: Vm): Generator<readonly [key: string, value: string]> {
  for (const { Key, Value } of Tags) if (Key !== '' && Value !== '') yield [Key, Value]
}
