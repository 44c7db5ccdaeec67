import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactElement, useState } from 'react'
import type { Payable } from '../../api/pay/pay-by-wallet.ts'
import { testWallet } from '../../api/pay/test-wallet.ts'
import { tokenText } from '../../lib/token-amount.ts'
import { Button } from '../../ui/button.tsx'
import { CopyText } from '../../ui/code.tsx'
import { showToast } from '../../ui/toast.tsx'

type Of = Pick<Payable, 'chain' | 'token'>

/** The page's own wallet on a chain of this laptop: its address, what it has, and a faucet. */
export function TestWallet({ payable: { chain, token } }: { readonly payable: Of }): ReactElement {
  const [isFilling, setIsFilling] = useState(false)
  const queries = useQueryClient()
  const queryKey = ['test wallet', chain.id, token.address]
  const { data } = useQuery({ queryKey, queryFn: () => readWallet(chain.id, token.address), refetchInterval: 3_000 })
  const fill = async () => {
    setIsFilling(true)
    try {
      const own = await import('../../api/pay/test-account.ts')
      await own.fill(chain.id)
    } catch (error) {
      showToast(error instanceof Error ? error.message : 'The faucet is dry.', 'bad')
    }
    await queries.invalidateQueries({ queryKey })
    setIsFilling(false)
  }
  return (
    <div className="test-wallet">
      <p>
        <strong>Test wallet.</strong> Its key was made in this browser, for {chain.name} alone; what it holds is worth
        nothing.
      </p>
      <p className="test-wallet-line">
        {data ? <CopyText text={data.address} what="address of the test wallet" /> : <span>Looking at the chain</span>}
      </p>
      <p className="test-wallet-line">
        <span role="status">{data ? `${tokenText(data.units, token.decimals)} ${token.symbol}` : ''}</span>
        <Button size="small" isBusy={isFilling} onClick={() => void fill()}>
          Get test money
        </Button>
      </p>
    </div>
  )
}

async function readWallet(chainId: number, token: string | null) {
  const { provider } = testWallet(chainId)
  const [{ balanceOf, coinOf }, { address }] = await Promise.all([
    import('../../api/pay/contracts.ts'),
    import('../../api/pay/test-account.ts'),
  ])
  const own = address()
  return { address: own, units: token === null ? await coinOf(provider, own) : await balanceOf(provider, token, own) }
}
