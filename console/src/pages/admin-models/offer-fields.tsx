import type { ReactElement } from 'react'
import { TextField } from '../../ui/fields.tsx'
import { type OfferDraft, shareBps } from './offer-draft.ts'

type Props = { readonly draft: OfferDraft; readonly setDraft: (draft: OfferDraft) => void }

/** What is said of an offer, whatever its model and provider. */
export function OfferFields({ draft, setDraft }: Props): ReactElement {
  const change = (part: Partial<OfferDraft>) => setDraft({ ...draft, ...part })
  const share = shareBps(draft.share)
  return (
    <>
      <TextField
        label="The provider's name of it"
        name="upstream_model"
        mono
        autoComplete="off"
        value={draft.upstream}
        onChange={(upstream) => change({ upstream })}
        hint="What the provider calls the model."
      />
      <TextField
        label="Owed to the provider, %"
        name="provider_share_bps"
        inputMode="decimal"
        value={draft.share}
        onChange={(next) => change({ share: next })}
        error={share === undefined ? 'A percentage from 0 to 100, with up to two decimals.' : undefined}
        hint={share !== undefined && `Of what callers pay, ${100 - share / 100} % stay here.`}
      />
      <TextField
        label="Cannot take"
        name="capabilities"
        optional
        mono
        value={draft.cannot}
        onChange={(cannot) => change({ cannot })}
        hint="Fields of a request, such as tools or image_input: calls with them go elsewhere."
      />
      <TextField
        label="Its own context"
        name="facts.context_length"
        optional
        inputMode="numeric"
        value={draft.contextLength}
        onChange={(contextLength) => change({ contextLength: contextLength.replace(/\D/g, '') })}
        hint="Tokens, where it is smaller than the model's."
      />
    </>
  )
}
