/**
 * Accounts, their keys and their people: who exists, who bears a secret, who is signed in, and the first run. Balances and
 * limits are the ledger's.
 */
export {
  type AccountChange,
  changeAccount,
  createAccount,
  findAccount,
  findAccounts,
  findOperatorAccount,
  keepAccount,
  listAccounts,
  type NewAccount,
} from './accounts.ts'
export { listAudit, recordAudit } from './audit/audit.ts'
export type { AuditSearch } from './audit/store.ts'
export type { KeyFilter } from './store.ts'
export {
  type Actor,
  type AuditEntry,
  type AuditRecord,
  type AuditTarget,
  auditTargets,
  type Origin,
} from './audit/types.ts'
export { bootstrap, type Bootstrapped, type BootstrapTools, type FirstKeys, reissueOperatorKey } from './bootstrap.ts'
export { type AccountClosed, closeAccount } from './deletion.ts'
export {
  acceptInvitation,
  findInvitation,
  type Invitation,
  invitationOfToken,
  invite,
  listInvitations,
  openInvitationsMax,
  revokeInvitation,
  revokeInvitationsBy,
} from './invitations/invitations.ts'
export type { KeepingChange } from './keeping.ts'
export { type KeyCache, type KeyCacheOptions, openKeyCache } from './key-cache.ts'
export {
  changeKey,
  deleteKey,
  findKey,
  type Issued,
  issueKey,
  type KeyChange,
  type KeyName,
  keyNames,
  listKeys,
  type NewKey,
  type Rotated,
  rotateKey,
} from './keys.ts'
export { addMember, listMemberships, type Membership, type NewMember } from './members/members.ts'
export {
  changeRole,
  findMember,
  listMembers,
  type Member,
  removeMember,
  type RosterChange,
  transferOwnership,
} from './members/roster.ts'
export {
  type MemberRole,
  memberRoles,
  type Permission,
  permissions,
  permissionsOf,
  permissionsOfManagementKey,
  rolesWith,
} from './permissions.ts'
export { matchesAny, mayCallFrom, type PolicyChange } from './policy.ts'
export {
  deleteProviderKey,
  findProviderKey,
  listProviderKeys,
  type NewProviderKey,
  type ProviderKey,
  setProviderKey,
} from './provider-keys.ts'
export type { RateChange } from './rates.ts'
export type { Chains } from './sign-in/chain.ts'
export { browserToken } from './sign-in/browser-token.ts'
export { askForCode, type CodeJudged, judgeCode, listPendingCodes } from './sign-in/email-code.ts'
export { enter, type Entered, type KnownProof, mayCome, mayEnterBy, type Proof } from './sign-in/enter.ts'
export {
  type Identity,
  type Linked,
  linkIdentity,
  listIdentities,
  renamePasskey,
  type Unlinked,
  unlinkIdentity,
} from './sign-in/identities.ts'
export { mailboxOf, nameOfMailbox } from './sign-in/mailbox.ts'
export {
  awaitsOperator,
  makeOperatorLink,
  type OperatorLink,
  operatorLinkUrl,
  takeOperatorLink,
} from './sign-in/operator-link.ts'
export {
  askProvider,
  github,
  google,
  judgeCodeOf,
  type OAuthKept,
  oauthNames,
  type OAuthProvider,
  type OAuthProviders,
  takeState,
} from './sign-in/oauth.ts'
export {
  askForNewPasskey,
  askForPasskey,
  judgeNewPasskey,
  judgePasskey,
  type NewPasskeyAnswer,
  type PasskeyAnswer,
  whyNoPasskeys,
} from './sign-in/passkey.ts'
export { createPerson, renamePerson } from './sign-in/people.ts'
export { deletePerson, type PersonDeleted } from './sign-in/person-deletion.ts'
export {
  csrfTokenOf,
  endSession,
  endSessionOf,
  endSessionsOf,
  findSession,
  isCsrfToken,
  listSessions,
  openSession,
  purgeSignIns,
  type Session,
  sessionMs,
  type SignedIn,
} from './sign-in/sessions.ts'
export { type BoundName, tooMany, tooManyFrom } from './sign-in/tries.ts'
export type { Device, IdentityKind, NewcomerRules, Person, SignInMethod, SignInTools, SignUp } from './sign-in/types.ts'
export {
  askForSignature,
  judgeSignature,
  keyWalletProof,
  type WalletAnswer,
  type WalletJudged,
} from './sign-in/wallet.ts'
export type {
  Account,
  AccountKind,
  ApiKey,
  Authenticate,
  Authenticated,
  Caller,
  Keeping,
  KeyKind,
  KeyPolicy,
  OwnKey,
  RateLimits,
} from './types.ts'
