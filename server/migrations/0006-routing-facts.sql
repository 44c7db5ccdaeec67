-- What the operator knows of a provider, or of one offer of it, and the router decides by: where it runs, what it keeps of
-- prompts, how much it reads, how many calls it bears. The names are those of the management API; absent means not known.
alter table provider add column facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object');
alter table offer add column facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object');
