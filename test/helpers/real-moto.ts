import { execFile } from 'node:child_process'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort } from './free-port.js'
import { requirePeer } from './peers.js'
import { RealProcess } from './real-process.js'

/** Debian's own: its packages are made for this one. */
const python = '/usr/bin/python3'
const serve = 'import sys; from moto.server import main; main(sys.argv[1:])'

/** A real moto on loopback: an AWS that is empty, and takes any keys. */
export class RealMoto {
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  readonly #process: RealProcess

  private constructor(port: number) {
    this.url = `http://127.0.0.1:${String(port)}`
    const args = ['-c', serve, '-H', '127.0.0.1', '-p', String(port)]
    this.#process = new RealProcess('moto', args, { command: python, env: environment() })
  }

  /** Starts it, and waits until it answers. */
  static async start(): Promise<RealMoto> {
    const moto = new RealMoto(await freePort())
    await moto.#process.ready(async () => (await fetch(`${moto.url}/moto-api/`)).ok)
    return moto
  }

  /** Runs a Python script that has boto3, with the URL of this moto. @returns the JSON that it prints */
  run(script: string): Promise<unknown> {
    return withBoto3(script, this.url)
  }

  stop(): Promise<void> {
    return this.#process.kill()
  }
}

/** Runs a Python script that has boto3, with a URL. @returns the JSON that it prints */
export async function withBoto3(script: string, url: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(python, [script, url], {
    env: environment(),
    maxBuffer: 16 << 20,
  })
  return JSON.parse(stdout)
}

function environment(): NodeJS.ProcessEnv {
  return {
    PATH: process.env['PATH'],
    PYTHONPATH: path.join(requirePeer('moto'), 'usr/lib/python3/dist-packages'),
    PYTHONDONTWRITEBYTECODE: '1',
    no_proxy: '127.0.0.1',
  }
}
