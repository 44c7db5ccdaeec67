-- Who signs in: people, the accounts that they are members of, their ways in, and the browsers that are signed in.

create table person (
  id uuid primary key,
  name text not null check (length(name) between 1 and 200),
  -- Where mail for this person goes; only ever an address that was proven to be theirs.
  email text check (length(email) between 3 and 254),
  created_at timestamptz not null,
  -- Null until the first sign-in, by whatever way.
  signed_in_at timestamptz
);

create table member (
  account_id uuid not null references account (id) on delete cascade,
  person_id uuid not null references person (id) on delete cascade,
  role text not null check (role in ('owner', 'admin', 'developer', 'billing', 'viewer')),
  created_at timestamptz not null,
  primary key (account_id, person_id)
);

create index member_of_person on member (person_id);

-- A way in. `subject` is what its kind proves: an e-mail address in small letters, the id of a passkey, a wallet as CAIP-10
-- has it (`eip155:1:0x...` of a contract, `eip155:*:0x...` of a key, which is the same on every chain), an id at GitHub or Google.
create table identity (
  id uuid primary key,
  person_id uuid not null references person (id) on delete cascade,
  kind text not null check (kind in ('email', 'passkey', 'wallet', 'github', 'google')),
  subject text not null check (length(subject) between 1 and 2000),
  -- What people know it by.
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null,
  used_at timestamptz,
  unique (kind, subject)
);

create index identity_of_person on identity (person_id);
create unique index identity_one_email on identity (person_id) where kind = 'email';

-- What a passkey has besides (WebAuthn): the key that its answers are checked with, and how often it was used.
create table passkey (
  identity_id uuid primary key references identity (id) on delete cascade,
  public_key bytea not null,
  counter bigint not null check (counter >= 0),
  transports text[] not null,
  backed_up boolean not null
);

create table session (
  id uuid primary key,
  person_id uuid not null references person (id) on delete cascade,
  -- Keyed hash of the token; the token itself is in the browser's cookie and nowhere else.
  token_hmac bytea not null unique check (octet_length(token_hmac) = 32),
  method text not null check (method in ('link', 'email', 'passkey', 'wallet', 'github', 'google')),
  device text not null,
  address text,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);

create index session_of_person on session (person_id);

-- A question that a sign-in has to answer, once and soon: a link, a code, a nonce, the state of an OAuth round.
create table sign_in_challenge (
  id uuid primary key,
  kind text not null check (kind in ('link', 'email', 'passkey', 'passkey-new', 'wallet', 'oauth')),
  -- Keyed hash of what answers it.
  secret_hmac bytea not null check (octet_length(secret_hmac) = 32),
  -- Keyed hash of a cookie: only the browser that was asked may answer. Null where any may.
  browser_hmac bytea check (octet_length(browser_hmac) = 32),
  -- Whom the answer signs in (a link), or gets another way in (whoever is signed in); null: whoever is found by it, or is new.
  person_id uuid references person (id) on delete cascade,
  subject text,
  -- Whatever else the question was about, sealed.
  sealed text,
  tries smallint not null default 0,
  created_at timestamptz not null,
  expires_at timestamptz not null
);

create index sign_in_challenge_secret on sign_in_challenge (secret_hmac);
create index sign_in_challenge_expiry on sign_in_challenge (expires_at);

-- How often something was tried in a span of time: by an address, for a mailbox. `subject` is a keyed hash.
create table sign_in_tries (
  subject bytea not null,
  until timestamptz not null,
  tries integer not null,
  primary key (subject, until)
);

-- Welcome credits were given for this proven mailbox (a keyed hash) and to this person. Outlives both.
create table welcome (
  mailbox_hmac bytea primary key,
  person_id uuid not null unique,
  given_at timestamptz not null
);
