import { examine } from '../doctor/examine.ts'
import type { Finding } from '../doctor/finding.ts'
import { Failure } from '../failure.ts'
import type { AddCommand } from '../session.ts'
import { oneLine } from '../table.ts'
import type { Style } from '../terminal.ts'

export const addDoctor: AddCommand = (program, open) => {
  program
    .command('doctor')
    .description('check this machine, the server, its keys, providers and ledger, and say what to do')
    .action(async (_options, command) => {
      const session = await open(command)
      const { terminal, json } = session
      const findings: Finding[] = []
      for await (const finding of examine(session)) {
        findings.push(finding)
        if (!json) terminal.print(...lines(finding, terminal.style))
      }
      const failed = findings.filter(({ state }) => state === 'fail').length
      if (json) terminal.print(JSON.stringify({ ok: failed === 0, checks: findings }, null, 2))
      if (failed > 0) throw new Failure(`${failed} of ${findings.length} checks failed.`)
    })
}

const tones = { ok: 'green', warn: 'yellow', fail: 'red', skip: 'dim' } as const
const nameWidth = 14

function lines({ name, state, detail, advice }: Finding, style: Style): string[] {
  const head = `${style(tones[state], state.padEnd(4))}  ${name.padEnd(nameWidth)}  ${oneLine(detail)}`
  return advice === undefined ? [head] : [head, `${' '.repeat(6 + nameWidth + 2)}-> ${advice}`]
}
