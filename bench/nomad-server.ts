/** A Nomad server as far as discovery sees one: services, and what happens to them. */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'

interface Registration {
  readonly ID: string
  readonly ServiceName: string
}

const waitMs = 300_000
const heartbeatMs = 30_000

/** There is no Nomad to install: this one answers as its API docs say, blocking queries and event stream included. */
export class NomadServer {
  requests = 0
  readonly #services = new Map<string, Registration[]>()
  readonly #waiting = new Set<() => void>()
  readonly #streams = new Set<http.ServerResponse>()
  readonly #server = http.createServer((request, response) => this.#answer(request, response))
  #index = 10

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    setInterval(() => {
      for (const stream of this.#streams) stream.write('{}\n')
    }, heartbeatMs).unref()
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  /** Registers one more instance of a service. */
  register(number: number, instance: number): void {
    const service = `service-${String(number)}`
    this.#index += 1
    const all = this.#services.get(service) ?? []
    const registration = {
      ID: `_nomad-task-${service}-${String(instance)}`,
      ServiceName: service,
      Namespace: 'default',
      NodeID: '7406e90b-de16-d118-80fe-60d0f2730cb3',
      Datacenter: 'dc1',
      JobID: service,
      AllocID: 'd34d5236-2f42-2d02-3ed1-5c6d3b5b4e1c',
      Tags: ['production', 'v2'],
      Address: `127.${String(number >> 8)}.${String(number & 255)}.${String(instance)}`,
      Port: 9000,
      CreateIndex: this.#index,
      ModifyIndex: this.#index,
    }
    all.push(registration)
    this.#services.set(service, all)
    const event = {
      Topic: 'Service',
      Type: 'ServiceRegistration',
      Key: registration.ID,
      Namespace: 'default',
      FilterKeys: [service, service],
      Index: this.#index,
      Payload: { Service: registration },
    }
    const line = `${JSON.stringify({ Index: this.#index, Events: [event] })}\n`
    for (const stream of this.#streams) stream.write(line)
    for (const answer of this.#waiting) answer()
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  #answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.requests += 1
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://nomad')
    response.setHeader('content-type', 'application/json')
    const end = (body: unknown): void => {
      response.setHeader('x-nomad-index', this.#index)
      response.end(JSON.stringify(body))
    }
    if (pathname === '/v1/event/stream') {
      this.#streams.add(response)
      response.on('close', () => this.#streams.delete(response))
    } else if (pathname !== '/v1/services') {
      end(this.#services.get(pathname.replace('/v1/service/', '')) ?? [])
    } else if (Number(searchParams.get('index') ?? 0) < this.#index) end(this.#list())
    else {
      const answer = (): void => {
        clearTimeout(timer)
        this.#waiting.delete(answer)
        end(this.#list())
      }
      const timer = setTimeout(answer, waitMs)
      this.#waiting.add(answer)
      response.on('close', () => {
        clearTimeout(timer)
        this.#waiting.delete(answer)
      })
    }
  }

  #list(): unknown {
    const Services = Array.from(this.#services.keys(), (ServiceName) => ({ ServiceName, Tags: [] }))
    return [{ Namespace: 'default', Services }]
  }
}
