-- 0002: facts about the ledger as a whole, one a name, as on PostgreSQL.
--
-- Why       A ledger that was moved to another place must take no more changes of its catalog: `movedTo` names the place.
-- Breaking  No: an older Marketmeter never gets as far as this file, for the ledger's own has the mark too.
-- Cost      None.
-- Undo      Drop the table.

create table ledger_fact (
  name text primary key,
  value text not null
) strict, without rowid;
