import type { ReactElement } from 'react'
import { Segments, SelectField } from '../../ui/fields.tsx'
import type { ChainOption, Options, TokenOption } from './options.ts'

/** Tokens are named by their address, the chain's own coin by its symbol. */
const tokenId = ({ address, symbol }: TokenOption): string => address ?? symbol

/** The chain and token that an address names, or the first there are. */
export function chosenToken(
  { crypto: { chains } }: Options,
  { chain: chainId, token: id }: { readonly chain?: string | undefined; readonly token?: string | undefined },
): { readonly chain: ChainOption; readonly token: TokenOption } | undefined {
  const chain = chains.find((each) => String(each.id) === chainId) ?? chains[0]
  const token = chain?.tokens.find((each) => tokenId(each) === id) ?? chain?.tokens[0]
  return chain && token ? { chain, token } : undefined
}

export type Way = 'wallet' | 'address'

/** On which network, in what, and how: from a wallet in this browser, or sent from anywhere. */
export function CryptoChoice({
  options,
  chain,
  token,
  way,
  onChange,
}: {
  readonly options: Options
  readonly chain: ChainOption
  readonly token: TokenOption
  readonly way: Way
  readonly onChange: (change: { readonly chain?: string; readonly token?: string; readonly way?: Way }) => void
}): ReactElement {
  return (
    <>
      <div className="crypto-fields">
        <SelectField
          label="Network"
          value={String(chain.id)}
          onChange={(id) => onChange({ chain: id })}
          options={options.crypto.chains.map(({ id, name }) => ({ value: String(id), label: name }))}
        />
        <SelectField
          label="Token"
          value={tokenId(token)}
          onChange={(id) => onChange({ chain: String(chain.id), token: id })}
          error={token.why ?? undefined}
          options={chain.tokens.map((each) => ({
            value: tokenId(each),
            label: each.name === each.symbol ? each.symbol : `${each.symbol} (${each.name})`,
          }))}
        />
      </div>
      <Segments
        label="How it is paid"
        value={way}
        onChange={(next) => onChange({ way: next })}
        options={[
          { value: 'wallet', label: 'Wallet in this browser' },
          { value: 'address', label: 'Send to an address' },
        ]}
      />
    </>
  )
}
