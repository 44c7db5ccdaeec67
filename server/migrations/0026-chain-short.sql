-- Of a payment to a deposit address: what was sent of it and never arrived, so that it is not credited, and what was
-- credited of it and is not there any more, so that the operator has to look at it. Both are judged anew at later looks.
alter table chain_payment add column short numeric(78, 0) not null default 0 check (short >= 0);
alter table chain_payment add column missing numeric(78, 0) not null default 0 check (missing >= 0);
alter table chain_payment add check (short + missing <= amount);
create index chain_payment_short on chain_payment (chain_id, address) where short > 0 or missing > 0;

-- What left a treasury in this block or before cannot be a refund that was not asked for yet. Null: made before this was kept.
alter table chain_refund add column above_block bigint;
