-- Rewards of a referral are taken back when nothing that the newcomer bought stands any more.
alter table referral drop constraint referral_state_check;
alter table referral add constraint referral_state_check check (state in ('open', 'rewarded', 'void', 'taken_back'));
create index referral_ended on referral (ended_at) where state in ('rewarded', 'taken_back');
