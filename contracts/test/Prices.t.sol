// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TestFeed} from "../dev/TestFeed.sol";
import {CreditCheckout} from "../src/CreditCheckout.sol";
import {IPriceFeed} from "../src/IPriceFeed.sol";
import {NativePrice} from "../src/NativePrice.sol";
import {Counter} from "./Counter.sol";
import {check, same, vm, within} from "./Vm.sol";

contract Prices is Counter {
    uint256 private constant USD = 10 ** 9;

    function test_twenty_dollars_at_four_thousand_are_five_thousandths() public {
        setFeed(4_000 * 10 ** 8);
        same(checkout.nativeAmount(20 * USD), 0.005 ether, "amount");
    }

    function test_amounts_are_rounded_up_by_less_than_one_wei(uint256 usd, uint256 price, uint8 decimals) public {
        usd = within(usd, 1, 10 ** 9 * USD);
        decimals = uint8(within(decimals, 0, 18));
        price = within(price, 1, 10 ** 6 * 10 ** decimals);
        // forge-lint: disable-next-line(unsafe-typecast)
        setFeed(new TestFeed(decimals, int256(price)), IPriceFeed(address(0)));
        uint256 amount = checkout.nativeAmount(usd);
        // In units of 10^-27-decimals USD.
        uint256 owed = usd * 10 ** 9 * 10 ** decimals;
        check(amount * price >= owed, "never too little");
        check((amount - 1) * price < owed, "never a wei too much");
    }

    function test_without_a_feed_coin_is_sold_by_the_quote_alone() public {
        pay(1);
        vm.expectRevert(NativePrice.NoFeed.selector);
        checkout.nativeAmount(USD);
    }

    function test_a_quote_below_the_feed_by_more_than_the_tolerance_is_refused(uint256 fall) public {
        TestFeed feed = setFeed(4_000 * 10 ** 8);
        CreditCheckout.Quote memory quote = quoteOf("order", COIN, checkout.nativeAmount(20 * USD));
        bytes memory signature = signed(quote);
        // The tolerance is 1 %: at 3,960 the quote is worth 99 % of what it should be.
        int256 price = 3_960 * 10 ** 8 - int256(within(fall, 1, 3_959 * 10 ** 8));
        feed.set(price, block.timestamp);
        vm.prank(payer);
        vm.expectPartialRevert(CreditCheckout.PriceMoved.selector);
        checkout.payNative{value: 0.005 ether}(quote, signature);
        same(payer.balance, MUCH, "payer");
    }

    function test_a_quote_within_the_tolerance_or_above_the_feed_is_taken(uint256 price) public {
        TestFeed feed = setFeed(4_000 * 10 ** 8);
        feed.set(int256(within(price, 3_961 * 10 ** 8, 10 ** 6 * 10 ** 8)), block.timestamp);
        pay(0.005 ether);
    }

    function test_an_answer_that_is_no_price_is_refused(int256 answer) public {
        TestFeed feed = setFeed(1);
        feed.set(answer > 0 ? -answer : answer, block.timestamp);
        refused(abi.encodeWithSelector(NativePrice.BadPrice.selector, answer > 0 ? -answer : answer));
    }

    function test_an_answer_is_good_for_the_heartbeat_of_its_feed(uint256 age) public {
        TestFeed feed = setFeed(4_000 * 10 ** 8);
        age = within(age, 3601, NOW);
        feed.set(4_000 * 10 ** 8, NOW - age);
        refused(abi.encodeWithSelector(NativePrice.StalePrice.selector, NOW - age));
        feed.set(4_000 * 10 ** 8, NOW - 3600);
        pay(0.005 ether);
    }

    function test_an_answer_from_the_future_is_refused(uint256 ahead) public {
        TestFeed feed = setFeed(4_000 * 10 ** 8);
        uint256 when = NOW + within(ahead, 1, type(uint128).max);
        feed.set(4_000 * 10 ** 8, when);
        refused(abi.encodeWithSelector(NativePrice.StalePrice.selector, when));
    }

    function test_a_rollup_whose_sequencer_is_down_or_was_just_now_sells_no_coin(uint256 age, int256 state) public {
        TestFeed feed = new TestFeed(8, 4_000 * 10 ** 8);
        TestFeed sequencer = new TestFeed(0, 0);
        setFeed(feed, sequencer);
        bytes memory why = abi.encodeWithSelector(NativePrice.SequencerDown.selector);
        sequencer.set(state == 0 ? int256(1) : state, NOW - within(age, 3601, NOW - 1));
        refused(why);
        sequencer.set(0, NOW - within(age, 0, 3600));
        refused(why);
        sequencer.set(0, 0);
        refused(why);
        sequencer.set(0, NOW + 1);
        refused(why);
        sequencer.set(0, NOW - 3601);
        pay(0.005 ether);
    }

    function test_a_dead_feed_stops_no_payment_in_a_token(bytes32 orderId) public {
        TestFeed feed = setFeed(1);
        feed.set(0, 0);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 20e6);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        same(usdc.balanceOf(treasury), 20e6, "treasury");
    }

    function pay(uint256 amount) private {
        CreditCheckout.Quote memory quote = quoteOf(keccak256(abi.encode(amount, payer.balance)), COIN, amount);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        checkout.payNative{value: amount}(quote, signature);
    }

    function refused(bytes memory why) private {
        CreditCheckout.Quote memory quote = quoteOf("order", COIN, 1 ether);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert(why);
        checkout.payNative{value: 1 ether}(quote, signature);
        vm.expectRevert(why);
        checkout.nativeAmount(USD);
    }
}
