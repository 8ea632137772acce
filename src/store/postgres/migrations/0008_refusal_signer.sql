-- 0008: who signed what was refused, where it was another account than the seller: empty where it was the seller.
--
-- Why       Each other account's refusals are bounded by themselves, so that a buyer cannot push out the seller's own.
-- Breaking  No. What an earlier version kept of others counts as the seller's own until it is too old.
-- Citus     Small; local to the coordinator.
-- Undo      Drop index and column, and take version 8 out of schema_version.

alter table refusal add column signer text collate "C" not null default '';

create index refusal_by_signer on refusal (seller, signer, last_at_ms, position);
