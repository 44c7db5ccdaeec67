-- What each process says of its recurring work, for those who look after the server. Overwritten every few seconds, and no
-- part of what the work itself is decided by.
create table job_report (
  process_id uuid primary key,
  host text not null,
  pid integer not null,
  at timestamptz not null,
  jobs jsonb not null
);
