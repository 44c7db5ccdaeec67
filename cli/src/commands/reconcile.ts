import type { Reconciliation } from '../answers.ts'
import { Failure } from '../failure.ts'
import type { AddCommand } from '../session.ts'
import { table } from '../table.ts'

export const addReconcile: AddCommand = (program, open) => {
  program
    .command('reconcile')
    .description("check the ledger's invariants; exit code 1 when one is broken (needs the operator)")
    .action(async (_options, command) => {
      const { client, terminal, json } = await open(command)
      const result = await client('management').send<Reconciliation>('POST', '/api/v1/reconcile', { body: {} })
      if (json) terminal.print(JSON.stringify(result, null, 2))
      else {
        const columns = ['', 'state', 'promise', 'found'].map((title) => ({ title }))
        const rows = result.invariants.map(({ id, ok, promise, detail }) => [id, ok ? 'ok' : 'BROKEN', promise, detail])
        const [titles = '', ...lines] = table(columns, rows)
        terminal.print(
          titles,
          ...lines.map((line, at) => (result.invariants[at]?.ok ? line : terminal.style('red', line))),
        )
      }
      const broken = result.invariants.filter(({ ok }) => !ok)
      if (result.ok) return
      throw new Failure(`The ledger is wrong: ${broken.map(({ id }) => id).join(', ')} broken. Stop calls, and look.`)
    })
}
