/**
 * Accounts, their keys and their people: who exists, who bears a secret, who is signed in, and the first run. Balances and
 * limits are the ledger's.
 */
export {
  type AccountChange,
  changeAccount,
  createAccount,
  findAccount,
  findOperatorAccount,
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
export { addMember, type Membership, type NewMember } from './members/members.ts'
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
export {
  awaitsOperator,
  makeOperatorLink,
  type OperatorLink,
  operatorLinkUrl,
  takeOperatorLink,
} from './sign-in/operator-link.ts'
export { createPerson } from './sign-in/people.ts'
export {
  csrfTokenOf,
  endSession,
  findSession,
  isCsrfToken,
  openSession,
  purgeSignIns,
  type Session,
  sessionMs,
} from './sign-in/sessions.ts'
export type { Device, Person, SignInMethod, SignInTools } from './sign-in/types.ts'
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
