-- Refunds that are asked for with an Idempotency-Key are asked for once.
alter table payment_refund add column key text unique;
