/**
 * EC2, seen from outside: on a moto with 10,000 instances, how long the first search takes, beside the
 * time that the server's answers take alone, and memory above a muster with nothing to do. It needs the
 * moto of `scripts/peers.sh moto`, which takes 10 to 100 ms to make each instance and 6 to 30 to show it.
 *
 *   node bench/dist/ec2.js [INSTANCES] [ROUNDS]           default 10000 instances, 3 rounds
 *   node bench/dist/ec2.js [INSTANCES] [ROUNDS] --replay  what moto answers for one, for all of them: at once
 */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import {
  emptyMuster,
  freePort,
  metric,
  settledRss,
  startMuster,
  until,
  usage,
  Workshop,
} from './child.js'
import { peer } from './peers.js'
import { line, median } from './report.js'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { replay: { type: 'boolean', default: false } },
})
const [instances = 10_000, rounds = 3] = positionals.map(Number)
const type = 'application/x-www-form-urlencoded; charset=utf-8'
const authorization =
  'AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature=0'

/** One call of the API. @returns its answer and the milliseconds it took */
async function call(url: string, body: string): Promise<{ text: string; ms: number }> {
  const begin = performance.now()
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': type, authorization },
    body,
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${body}: ${String(response.status)} ${text}`)
  return { text, ms: performance.now() - begin }
}

async function startMoto(shop: Workshop, modules: string): Promise<string> {
  const port = String(await freePort())
  shop.start('env', [
    `PYTHONPATH=${modules}`,
    'PYTHONDONTWRITEBYTECODE=1',
    '/usr/bin/python3',
    '-c',
    'import sys; from moto.server import main; main(sys.argv[1:])',
    '-H',
    '127.0.0.1',
    '-p',
    port,
  ])
  const url = `http://127.0.0.1:${port}/`
  await until(async () => (await fetch(`${url}moto-api/`)).ok)
  return url
}

/** Each in a reservation of its own: moto counts those, where EC2 counts instances, when it makes pages. */
async function fill(url: string, count: number): Promise<void> {
  const tags = ['Name', 'team', 'aws:autoscaling:groupName']
    .map((key, i) => {
      const tag = `TagSpecification.1.Tag.${String(i + 1)}`
      return `${tag}.Key=${encodeURIComponent(key)}&${tag}.Value=api-server-${String(i)}`
    })
    .join('&')
  const run = `Action=RunInstances&Version=2016-11-15&ImageId=ami-12c6146b&InstanceType=t3.micro&MinCount=1&MaxCount=1&TagSpecification.1.ResourceType=instance&${tags}`
  for (let i = 0; i < count; i += 1) await call(url, run)
}

/** A server that answers as moto does for one instance, with as many of them, in pages of a thousand. */
async function replay(moto: string): Promise<http.Server> {
  const zones = await call(moto, 'Action=DescribeAvailabilityZones&Version=2016-11-15')
  const one = await call(moto, 'Action=DescribeInstances&Version=2016-11-15&MaxResults=1000')
  const [, head = '', item = '', tail = ''] =
    /^(.*?<reservationSet>)(.*)(<\/reservationSet>.*)$/s.exec(one.text) ?? []
  const id = /<instanceId>(i-[0-9a-f]+)</.exec(item)?.[1] ?? ''
  const ip = /<privateIpAddress>([0-9.]+)</.exec(item)?.[1] ?? ''
  const pages: string[] = []
  for (let first = 0; first < instances; first += 1000) {
    const items = Array.from({ length: Math.min(1000, instances - first) }, (_, i) =>
      item
        .replaceAll(id, `i-${(first + i).toString(16).padStart(17, '0')}`)
        .replaceAll(ip, `127.1.${String((first + i) >> 8)}.${String((first + i) & 255)}`),
    )
    const isLast = first + 1000 >= instances
    const token = isLast ? '' : `<nextToken>${String(pages.length + 1)}</nextToken>`
    pages.push(
      head + items.join('') + tail.replace('</reservationSet>', `</reservationSet>${token}`),
    )
  }
  const server = http.createServer((request, response) => {
    textOf(request).then(
      (body) => {
        const asked = new URLSearchParams(body)
        const page = pages[Number(asked.get('NextToken') ?? '0')]
        response.setHeader('content-type', 'text/xml')
        response.end(asked.get('Action') === 'DescribeInstances' ? page : zones.text)
      },
      (error: unknown) => response.destroy(error as Error),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

/** The time of the server's answers alone: the requests of one search, read and thrown away. */
async function rawMs(url: string): Promise<{ ms: number; bytes: number; requests: number }> {
  const zones = await call(url, 'Action=DescribeAvailabilityZones&Version=2016-11-15')
  let { ms } = zones
  let bytes = zones.text.length
  let requests = 1
  let token = ''
  do {
    const next = token === '' ? '' : `&NextToken=${encodeURIComponent(token)}`
    const page = await call(
      url,
      `Action=DescribeInstances&Version=2016-11-15&MaxResults=1000${next}`,
    )
    ms += page.ms
    bytes += page.text.length
    requests += 1
    token = /<nextToken>([^<]+)</.exec(page.text)?.[1] ?? ''
  } while (token !== '')
  return { ms, bytes, requests }
}

async function measure(shop: Workshop, modules: string): Promise<void> {
  const moto = await startMoto(shop, modules)
  await fill(moto, values.replay ? 1 : instances)
  const replaying = values.replay ? await replay(moto) : undefined
  const address = replaying?.address() as AddressInfo | undefined
  const url = address === undefined ? moto : `http://127.0.0.1:${String(address.port)}/`
  const job = {
    job_name: 'ec2',
    ec2_sd_configs: [
      {
        endpoint: url,
        region: 'eu-west-1',
        access_key: 'AK',
        secret_key: 'SK',
        // One search is enough.
        refresh_interval: '1h',
      },
    ],
  }
  const { readyMs, rss: idle } = await emptyMuster(shop)
  line('empty muster: start until ready', `${(readyMs / 1000).toFixed(2)} s`)
  const ratios: number[] = []
  const above: number[] = []
  for (let round = 1; round <= rounds; round += 1) {
    const raw = await rawMs(url)
    const mebibytes = `${(raw.bytes / (1 << 20)).toFixed(1)} MiB`
    line(
      `round ${String(round)}: the server's answers alone`,
      `${(raw.ms / 1000).toFixed(2)} s`,
      `${String(raw.requests)} requests, ${mebibytes}`,
    )
    const running = await startMuster(shop, [job])
    const shown = await until(
      async () =>
        (await metric(running.address, 'prometheus_target_scrape_pool_targets')) >= instances,
      // A moto with 10,000 instances takes minutes for its own answers.
      Math.max(600_000, 3 * raw.ms),
      50,
    )
    const search = await metric(running.address, 'prometheus_sd_refresh_duration_seconds_sum')
    const { cpu } = usage(running.child)
    line('  first search', `${search.toFixed(2)} s`, `${((search * 1000) / raw.ms).toFixed(2)}x`)
    line(
      '  start until all are shown',
      `${(shown / 1000).toFixed(2)} s`,
      `${cpu.toFixed(2)} s of processor time`,
    )
    const rss = await settledRss(running)
    line('  memory above an empty muster', `${(rss - idle).toFixed(0)} MiB`, `of ${rss.toFixed(0)}`)
    ratios.push((search * 1000) / raw.ms)
    above.push(rss - idle)
    await shop.stop(running.child)
  }
  line('first search, times the raw time (median)', `${median(ratios).toFixed(2)}x`)
  line('memory above an empty muster (median)', `${median(above).toFixed(0)} MiB`)
  replaying?.close()
}

const modules = peer('moto')
if (modules === undefined) {
  line('(no moto: scripts/peers.sh moto installs it)', '')
} else {
  const shop = new Workshop()
  try {
    await measure(shop, modules)
  } finally {
    shop.close()
  }
}
