-- 0005: who signed what was refused, where it was another account than the seller: empty where it was the seller.
--
-- Why       Each other account's refusals are bounded by themselves, so that a buyer cannot push out the seller's own.
-- Breaking  No. What an earlier version kept of others counts as the seller's own until it is too old.
-- Cost      The index is built once, over at most what the bounds allow.
-- Undo      Drop index and column.

alter table refusal add column signer text not null default '';

create index refusal_by_signer on refusal (seller, signer, last_at_ms);
