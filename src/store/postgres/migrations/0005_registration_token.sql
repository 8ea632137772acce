-- 0005: how often a registration token was used, where the profile bounds that.
--
-- Why       Tokens themselves are stored nowhere: each is its own content, sealed. Only the count of their uses must be the same
--           on every replica. `token` is a hash, so a row opens nothing.
-- Breaking  No.
-- Cost      A row for each token that was resolved under such a profile, for a day longer than tokens live.
-- Citus     Small; local to the coordinator.
-- Undo      Drop the table, and take version 5 out of schema_version.

create table registration_token_use (
  token text collate "C" primary key,
  uses integer not null check (uses > 0),
  used_at_ms bigint not null
);

create index registration_token_use_by_age on registration_token_use (used_at_ms);
