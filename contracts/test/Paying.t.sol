// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditCheckout} from "../src/CreditCheckout.sol";
import {Counter} from "./Counter.sol";
import {check, same, vm, within} from "./Vm.sol";

contract Paying is Counter {
    event Paid(bytes32 indexed orderId, address indexed payer, address indexed token, uint256 amount, uint256 usd);

    function test_a_token_pays_an_order_exactly(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), amount);
        bytes memory signature = signed(quote);
        vm.expectEmit(true, true, true, true, address(checkout));
        emit Paid(orderId, payer, address(usdc), amount, quote.usd);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        paidWith(orderId, amount);
    }

    function test_a_token_whose_functions_return_nothing_pays(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdt), amount);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        same(usdt.balanceOf(treasury), amount, "treasury");
        same(usdt.balanceOf(address(checkout)), 0, "checkout");
    }

    function test_a_permit_pays_in_one_transaction(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        withoutAllowance();
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), amount);
        bytes memory signature = signed(quote);
        (uint8 v, bytes32 r, bytes32 s) = permit(amount, NOW);
        vm.prank(payer);
        checkout.payTokenWithPermit(quote, signature, NOW, v, r, s);
        paidWith(orderId, amount);
    }

    function test_a_permit_that_was_front_run_does_not_block_the_payment(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        withoutAllowance();
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), amount);
        bytes memory signature = signed(quote);
        (uint8 v, bytes32 r, bytes32 s) = permit(amount, NOW);
        vm.prank(stranger);
        usdc.permit(payer, address(checkout), amount, NOW, v, r, s);
        vm.prank(payer);
        checkout.payTokenWithPermit(quote, signature, NOW, v, r, s);
        paidWith(orderId, amount);
    }

    function test_somebody_else_cannot_pay_with_my_permit(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        withoutAllowance();
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), amount);
        bytes memory signature = signed(quote);
        (uint8 v, bytes32 r, bytes32 s) = permit(amount, NOW);
        vm.prank(stranger);
        vm.expectRevert();
        checkout.payTokenWithPermit(quote, signature, NOW, v, r, s);
        same(usdc.balanceOf(payer), MUCH, "payer");
    }

    function test_an_authorization_pays_whoever_brings_it(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), amount);
        bytes memory signature = signed(quote);
        CreditCheckout.Authorization memory given = authorization(PAYER_KEY, orderId, amount);
        vm.expectEmit(true, true, true, true, address(checkout));
        emit Paid(orderId, payer, address(usdc), amount, quote.usd);
        vm.prank(stranger);
        checkout.payWithAuthorization(quote, signature, given);
        paidWith(orderId, amount);
    }

    function test_an_authorization_cannot_be_redeemed_beside_the_checkout(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        CreditCheckout.Authorization memory given = authorization(PAYER_KEY, orderId, amount);
        vm.prank(stranger);
        vm.expectRevert();
        usdc.receiveWithAuthorization(payer, address(checkout), amount, 0, type(uint256).max, orderId, given.v, given.r, given.s);
        vm.prank(stranger);
        vm.expectRevert();
        usdc.transferWithAuthorization(payer, address(checkout), amount, 0, type(uint256).max, orderId, given.v, given.r, given.s);
    }

    function test_an_authorization_for_one_order_pays_no_other(bytes32 orderId, bytes32 other, uint256 amount) public {
        vm.assume(orderId != other);
        amount = within(amount, 1, MUCH);
        CreditCheckout.Quote memory quote = quoteOf(other, address(usdc), amount);
        bytes memory signature = signed(quote);
        CreditCheckout.Authorization memory given = authorization(PAYER_KEY, orderId, amount);
        vm.expectRevert();
        checkout.payWithAuthorization(quote, signature, given);
        check(!checkout.paid(other), "nothing was paid");
    }

    function test_an_authorization_for_one_amount_pays_no_other(bytes32 orderId, uint256 amount, uint256 wanted) public {
        amount = within(amount, 1, MUCH);
        wanted = within(wanted, 1, MUCH);
        vm.assume(amount != wanted);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), wanted);
        bytes memory signature = signed(quote);
        CreditCheckout.Authorization memory given = authorization(PAYER_KEY, orderId, amount);
        vm.expectRevert();
        checkout.payWithAuthorization(quote, signature, given);
    }

    function test_coin_pays_an_order_exactly(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        CreditCheckout.Quote memory quote = quoteOf(orderId, COIN, amount);
        bytes memory signature = signed(quote);
        vm.expectEmit(true, true, true, true, address(checkout));
        emit Paid(orderId, payer, COIN, amount, quote.usd);
        vm.prank(payer);
        checkout.payNative{value: amount}(quote, signature);
        same(treasury.balance, amount, "treasury");
        same(address(checkout).balance, 0, "checkout");
        check(checkout.paid(orderId), "paid");
    }

    function test_coin_in_another_amount_than_quoted_is_refused(bytes32 orderId, uint256 amount, uint256 sent) public {
        amount = within(amount, 1, MUCH);
        sent = within(sent, 0, MUCH);
        vm.assume(amount != sent);
        CreditCheckout.Quote memory quote = quoteOf(orderId, COIN, amount);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.WrongValue.selector, sent, amount));
        checkout.payNative{value: sent}(quote, signature);
        same(payer.balance, MUCH, "payer");
    }

    function test_an_order_is_paid_once_whatever_the_rails(bytes32 orderId, uint8 first, uint8 second) public {
        pay(orderId, first);
        uint256 tokens = usdc.balanceOf(payer);
        uint256 coin = payer.balance;
        (bool again,) = address(this).call(abi.encodeCall(this.pay, (orderId, second)));
        check(!again, "the second payment is refused");
        same(usdc.balanceOf(payer), tokens, "tokens");
        same(payer.balance, coin, "coin");
    }

    function test_a_payer_without_enough_pays_nothing(bytes32 orderId, uint256 missing) public {
        missing = within(missing, 1, MUCH);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), MUCH + missing);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert();
        checkout.payToken(quote, signature);
        check(!checkout.paid(orderId), "the order can still be paid");
    }

    function pay(bytes32 orderId, uint8 rail) public {
        CreditCheckout.Quote memory quote = quoteOf(orderId, rail % 3 == 0 ? COIN : address(usdc), 1 ether);
        bytes memory signature = signed(quote);
        CreditCheckout.Authorization memory given = authorization(PAYER_KEY, orderId, 1 ether);
        vm.prank(payer);
        if (rail % 3 == 0) checkout.payNative{value: 1 ether}(quote, signature);
        else if (rail % 3 == 1) checkout.payToken(quote, signature);
        else checkout.payWithAuthorization(quote, signature, given);
    }

    function withoutAllowance() private {
        vm.prank(payer);
        usdc.approve(address(checkout), 0);
    }

    function paidWith(bytes32 orderId, uint256 amount) private view {
        check(checkout.paid(orderId), "paid");
        same(usdc.balanceOf(treasury), amount, "treasury");
        same(usdc.balanceOf(payer), MUCH - amount, "payer");
        same(usdc.balanceOf(address(checkout)), 0, "checkout");
    }
}
