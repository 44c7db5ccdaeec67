import { getActivity } from './caller/activity.ts'
import { cancelGeneration } from './caller/cancel-generation.ts'
import { getCredits } from './caller/credits.ts'
import { getGeneration } from './caller/generation.ts'
import { getOwnKey, getOwnKeyAsBefore } from './caller/key.ts'
import { responseOperations } from './caller/responses.ts'
import { listedModelOperations } from './listed-models.ts'
import { eventOperations } from './live/events.ts'
import { accountDeletionOperations } from './management/account-deletion.ts'
import { accountOperations } from './management/accounts.ts'
import { auditOperations } from './management/audit.ts'
import { catalogOperations } from './management/catalog-state.ts'
import { databaseOperations } from './management/database.ts'
import { exportOperations } from './management/export.ts'
import { generationOperations } from './management/generations/index.ts'
import { invitationOperations } from './management/invitations.ts'
import { jobOperations } from './management/jobs.ts'
import { keyNoticeOperations } from './management/key-notices.ts'
import { keyOperations } from './management/keys.ts'
import { ledgerOperations } from './management/ledger.ts'
import { memberOperations } from './management/members.ts'
import { holdOperations } from './management/holds.ts'
import { autoTopUpOperations } from './management/payments/auto-top-up.ts'
import { cardOperations } from './management/payments/cards.ts'
import { stripeOperations } from './management/payments/stripe-webhook.ts'
import { movementOperations } from './management/movements.ts'
import { modelOperations } from './management/models.ts'
import { modelEndpointOperations } from './model-endpoints.ts'
import { modelPriceOperations } from './model-prices.ts'
import { offerOperations } from './management/offers.ts'
import { paymentOperations } from './management/payments/index.ts'
import { pricePreviewOperations } from './management/price-preview.ts'
import { overviewOperations } from './management/overview.ts'
import { priceOperations } from './management/prices.ts'
import { providerKeyOperations } from './management/provider-keys.ts'
import { providerFigureOperations } from './management/provider-figures.ts'
import { trialOperations } from './management/provider-trial.ts'
import { providerOperations } from './management/providers.ts'
import { reconcileOperations } from './management/reconcile.ts'
import { statementOperations } from './management/statements.ts'
import { topUpOperations } from './management/top-ups.ts'
import { seriesOperations } from './management/series/index.ts'
import { usageAlertOperations } from './management/usage-alerts.ts'
import { usageOperations } from './management/usage.ts'
import { webhookOperations } from './management/webhooks.ts'
import { whatIfOperations } from './management/what-if.ts'
import { whoamiOperations } from './management/whoami.ts'
import { emailOperations } from './sign-in/email.ts'
import { identityOperations } from './sign-in/identities.ts'
import { linkOperations } from './sign-in/link.ts'
import { leaveOperations } from './sign-in/leave.ts'
import { meOperations } from './sign-in/me.ts'
import { myMailOperations } from './sign-in/my-mails.ts'
import { methodOperations } from './sign-in/methods.ts'
import { oauthOperations } from './sign-in/oauth.ts'
import { passkeyOperations } from './sign-in/passkey.ts'
import { sessionOperations } from './sign-in/session.ts'
import { walletOperations } from './sign-in/wallet.ts'
import type { AnyOperation } from './operation.ts'

/** Operations under a path prefix. */
export type Mounted = { readonly prefix: '/v1' | '/api/v1'; readonly operations: readonly AnyOperation[] }

/** What a caller's own key may ask of itself. */
const callerOperations: readonly AnyOperation[] = [getOwnKey, getCredits, getGeneration, cancelGeneration, getActivity]

/** Every call of the API: the caller's own are under both prefixes, for clients of OpenAI and of OpenRouter. */
export const operationGroups: readonly Mounted[] = [
  {
    prefix: '/v1',
    operations: [
      ...modelEndpointOperations,
      ...modelPriceOperations,
      ...listedModelOperations,
      ...callerOperations,
      ...responseOperations,
    ],
  },
  {
    prefix: '/api/v1',
    operations: [
      ...modelEndpointOperations,
      ...modelPriceOperations,
      ...callerOperations,
      getOwnKeyAsBefore,
      ...whoamiOperations,
      ...accountOperations,
      ...accountDeletionOperations,
      ...exportOperations,
      ...memberOperations,
      ...invitationOperations,
      ...auditOperations,
      ...ledgerOperations,
      ...movementOperations,
      ...holdOperations,
      ...topUpOperations,
      ...paymentOperations,
      ...statementOperations,
      ...cardOperations,
      ...autoTopUpOperations,
      ...stripeOperations,
      ...keyOperations,
      ...keyNoticeOperations,
      ...trialOperations,
      ...providerFigureOperations,
      ...providerOperations,
      ...providerKeyOperations,
      ...modelOperations,
      ...offerOperations,
      ...pricePreviewOperations,
      ...priceOperations,
      ...catalogOperations,
      ...usageOperations,
      ...usageAlertOperations,
      ...seriesOperations,
      ...overviewOperations,
      ...whatIfOperations,
      ...generationOperations,
      ...eventOperations,
      ...webhookOperations,
      ...reconcileOperations,
      ...databaseOperations,
      ...jobOperations,
      ...sessionOperations,
      ...linkOperations,
      ...methodOperations,
      ...emailOperations,
      ...identityOperations,
      ...passkeyOperations,
      ...walletOperations,
      ...oauthOperations,
      ...meOperations,
      ...myMailOperations,
      ...leaveOperations,
    ],
  },
]
