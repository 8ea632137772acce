-- 0004: how far a copy of another ledger into this one has come.
--
-- Why       A copy of many records that was interrupted goes on where it was. Without its row it begins anew, which is
--           slower and no less right, for what is held stays as it is.
-- Breaking  No.
-- Citus     Small; a reference table, or local to the coordinator.
-- Undo      Drop the table, and take version 4 out of schema_version.

create table copied_ledger (
  source text primary key,         -- its first record: recorded-at and id
  position bigint not null,        -- up to this one everything is held here
  last text not null,              -- the record in that position, likewise
  at timestamptz not null default now()
);
