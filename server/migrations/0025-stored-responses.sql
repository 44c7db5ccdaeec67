-- Answers of the Responses API that may be stored, so that they can be looked up and gone on from until their time is over.
create table stored_response (
  -- The call that gave it: `resp_` and this, without dashes, is its id.
  call_id uuid primary key,
  account_id uuid not null,
  -- The response, and the conversation before it: not readable without the server's secret.
  sealed text not null,
  stored_at timestamptz not null,
  expires_at timestamptz not null
);

create index stored_response_expires_at on stored_response (expires_at);
