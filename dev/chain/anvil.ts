import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { foundryProgram } from './foundry.ts'

export type AnvilOptions = {
  readonly chainId?: number | undefined
  /** A file that the chain goes on from, and that it is written to when it stops. */
  readonly stateFile?: string | undefined
}

export type AnvilProcess = {
  readonly url: string
  /** Settles when the process has ended, whoever ended it. */
  readonly ended: Promise<void>
  readonly stop: () => Promise<void>
}

/** Starts anvil on a free loopback port. It does not outlive this process, unless that is killed outright. */
export async function startAnvilProcess(options: AnvilOptions = {}): Promise<AnvilProcess> {
  const program = foundryProgram('anvil')
  if (!program) throw new Error(`There is no anvil for ${process.platform} on ${process.arch}`)
  const { chainId = 31_337, stateFile } = options
  const args = ['--host', '127.0.0.1', '--port', '0', '--chain-id', String(chainId), '--slots-in-an-epoch', '2']
  if (stateFile !== undefined) args.push('--state', stateFile)
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit').then(() => undefined)
  const kill = (): void => void child.kill('SIGINT')
  process.once('exit', kill)
  void ended.then(() => process.off('exit', kill))
  let said = ''
  const listening = new Promise<string>((resolve, reject) => {
    const hear = (piece: Buffer): void => {
      if (said.length > 20_000) return
      said += String(piece)
      const url = /Listening on (\S+)/.exec(said)?.[1]
      if (url) resolve(`http://${url}`)
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    child.once('error', reject)
    void ended.then(() => reject(new Error(`anvil ended at once:\n${said}`)))
  })
  const stop = async (): Promise<void> => {
    kill()
    await ended
  }
  return { url: await listening, ended, stop }
}
