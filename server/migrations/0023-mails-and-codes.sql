-- Mails to those who look after an account's money; codes that are worth credits; who brought whom.

-- Something that people are told of by mail, once for each crossing.
create table account_mail (
  id uuid primary key,
  account_id uuid not null references account (id),
  kind text not null check (kind in ('low_balance', 'payment_problem')),
  crossing text not null unique,
  subject text not null,
  lines text[] not null,
  -- Who gets it is found when it is sent, once; then it is on its way to each of them.
  addressed boolean not null default false,
  created_at timestamptz not null
);
create index account_mail_new on account_mail (created_at) where not addressed;

create table account_mail_delivery (
  mail_id uuid not null references account_mail (id) on delete cascade,
  person_id uuid not null references person (id),
  status text not null default 'pending' check (status in ('pending', 'sent', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz not null,
  primary key (mail_id, person_id)
);
create index account_mail_delivery_due on account_mail_delivery (next_at) where status = 'pending';

-- Who does not want mails of a kind about an account.
create table account_mail_opt_out (
  account_id uuid not null references account (id),
  person_id uuid not null references person (id),
  kind text not null,
  primary key (account_id, person_id, kind)
);

-- A code that is worth credits. Its text is told once; what is kept is a keyed hash of it.
create table redemption_code (
  id uuid primary key,
  code_hmac bytea not null unique check (octet_length(code_hmac) = 32),
  -- Its first letters, for lists.
  label text not null,
  amount bigint not null check (amount > 0),
  uses_max integer not null check (uses_max > 0),
  uses integer not null default 0 check (uses between 0 and uses_max),
  -- Whether an account may redeem it more than once.
  repeatable boolean not null default false,
  note text not null,
  expires_at timestamptz,
  -- When credits that came by it expire.
  credits_expire_at timestamptz,
  disabled boolean not null default false,
  created_at timestamptz not null
);

create table redemption (
  -- The transfer that brought the credits.
  id uuid primary key references transfer (id),
  code_id uuid not null references redemption_code (id),
  account_id uuid not null references account (id),
  person_id uuid references person (id),
  at timestamptz not null
);
create index redemption_of_code on redemption (code_id, account_id);

-- By which code an account brings others.
create table referral_code (
  account_id uuid primary key references account (id),
  code text not null unique,
  rewarded integer not null default 0 check (rewarded >= 0),
  created_at timestamptz not null
);

-- An account that was brought by another. Both are rewarded once, after its first purchase stands.
create table referral (
  account_id uuid primary key references account (id),
  referrer_id uuid not null references account (id),
  state text not null check (state in ('open', 'rewarded', 'void')),
  -- Why nobody was rewarded.
  why text,
  created_at timestamptz not null,
  ended_at timestamptz,
  check (account_id <> referrer_id)
);
create index referral_of on referral (referrer_id, account_id);
create index referral_open on referral (account_id) where state = 'open';
