// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {CreditCheckout} from "../src/CreditCheckout.sol";
import {Counter} from "./Counter.sol";
import {CallingBack, Denier, Hooked, Liar, LookAlike, Refusing, Skimming} from "./hostile/Tokens.sol";
import {check, same, vm, within} from "./Vm.sol";

contract Hostile is Counter {
    function test_a_look_alike_does_not_pay_a_quote_for_the_real_token(bytes32 orderId, uint256 amount) public {
        LookAlike fake = new LookAlike();
        stock(fake);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), within(amount, 1, MUCH));
        bytes memory signature = signed(quote);
        quote.token = address(fake);
        vm.prank(payer);
        vm.expectRevert(CreditCheckout.BadQuote.selector);
        checkout.payToken(quote, signature);
    }

    function test_a_token_that_keeps_a_fee_is_refused(bytes32 orderId, uint256 amount, uint256 feeBps) public {
        feeBps = within(feeBps, 1, 10_000);
        amount = within(amount, 10_000, MUCH);
        usdt.setFee(feeBps);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdt), amount);
        uint256 received = amount - amount * feeBps / 10_000;
        refused(quote, abi.encodeWithSelector(CreditCheckout.Underpaid.selector, received, amount));
        same(usdt.balanceOf(payer), MUCH, "the payer lost nothing");
    }

    function test_a_token_that_moves_nothing_and_says_it_did_is_refused(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        Liar liar = new Liar();
        stock(liar);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(liar), amount);
        refused(quote, abi.encodeWithSelector(CreditCheckout.Underpaid.selector, 0, amount));
    }

    function test_a_token_that_says_no_is_refused(bytes32 orderId, uint256 amount) public {
        Denier denier = new Denier();
        stock(denier);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(denier), within(amount, 1, MUCH));
        refused(quote, abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(denier)));
    }

    function test_an_address_without_code_is_no_token(bytes32 orderId, address token) public {
        vm.assume(token.code.length == 0 && token != COIN && uint160(token) > 0xffff);
        CreditCheckout.Quote memory quote = quoteOf(orderId, token, 1);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert();
        checkout.payToken(quote, signature);
    }

    /// A payment inside of a payment would make up for the fee that the outer one loses.
    function test_a_token_that_calls_back_cannot_pay_two_orders_with_one_transfer(uint256 amount, uint256 fee) public {
        amount = within(amount, 2, MUCH / 4);
        fee = within(fee, 1, amount - 1);
        Hooked hooked = new Hooked();
        stock(hooked);
        hooked.mint(address(hooked), fee);
        vm.prank(address(hooked));
        hooked.approve(address(checkout), fee);
        CreditCheckout.Quote memory inner = quoteOf("inner", address(hooked), fee);
        hooked.setHook(address(checkout), abi.encodeCall(checkout.payToken, (inner, signed(inner))), fee);
        CreditCheckout.Quote memory outer = quoteOf("outer", address(hooked), amount);
        refused(outer, abi.encodeWithSelector(CreditCheckout.Underpaid.selector, amount - fee, amount));
        check(!checkout.paid("inner"), "inner");
    }

    function test_no_payment_runs_inside_of_another(uint256 amount) public {
        amount = within(amount, 1, MUCH / 4);
        Hooked hooked = new Hooked();
        stock(hooked);
        CreditCheckout.Quote memory inner = quoteOf("inner", address(hooked), 0);
        hooked.setHook(address(checkout), abi.encodeCall(checkout.payToken, (inner, signed(inner))), 0);
        CreditCheckout.Quote memory outer = quoteOf("outer", address(hooked), amount);
        bytes memory signature = signed(outer);
        vm.prank(payer);
        checkout.payToken(outer, signature);
        check(!hooked.hookSucceeded(), "the call back was refused");
        check(checkout.paid("outer") && !checkout.paid("inner"), "one order is paid");
    }

    function test_a_treasury_that_calls_back_gains_nothing(uint256 amount) public {
        amount = within(amount, 2, MUCH);
        CallingBack hostile = new CallingBack();
        rotate(address(hostile));
        hostile.accept(address(checkout));
        CreditCheckout.Quote memory inner = quoteOf("inner", COIN, amount / 2);
        hostile.set(address(checkout), abi.encodeCall(checkout.payNative, (inner, signed(inner))));
        CreditCheckout.Quote memory outer = quoteOf("outer", COIN, amount);
        bytes memory signature = signed(outer);
        vm.prank(payer);
        checkout.payNative{value: amount}(outer, signature);
        check(!hostile.succeeded() && !checkout.paid("inner"), "the call back was refused");
        same(address(hostile).balance, amount, "treasury");
    }

    function test_a_treasury_that_takes_no_coin_costs_the_payer_nothing(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        Refusing refusing = new Refusing();
        rotate(address(refusing));
        refusing.accept(address(checkout));
        CreditCheckout.Quote memory quote = quoteOf(orderId, COIN, amount);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert(CreditCheckout.TreasuryRefused.selector);
        checkout.payNative{value: amount}(quote, signature);
        same(payer.balance, MUCH, "payer");
        check(!checkout.paid(orderId), "the order can still be paid");
    }

    function test_money_that_lies_in_the_checkout_pays_for_nobody(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        Skimming skimming = new Skimming();
        stock(skimming);
        skimming.mint(address(checkout), MUCH);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(skimming), amount);
        bytes memory signature = signed(quote);
        CreditCheckout.Authorization memory given = CreditCheckout.Authorization(payer, 0, 0, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.Underpaid.selector, amount - 1, amount));
        checkout.payWithAuthorization(quote, signature, given);
    }

    function test_what_was_sent_to_the_checkout_by_mistake_goes_to_the_treasury(address anybody, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        vm.assume(anybody != address(0));
        vm.prank(payer);
        usdt.transfer(address(checkout), amount);
        vm.deal(address(checkout), amount);
        vm.prank(anybody);
        same(checkout.sweep(address(usdt)), amount, "token");
        vm.prank(anybody);
        same(checkout.sweep(COIN), amount, "coin");
        same(usdt.balanceOf(treasury), amount, "token of the treasury");
        same(treasury.balance, amount, "coin of the treasury");
    }

    function test_the_checkout_takes_no_coin_outside_of_a_payment(uint256 amount) public {
        vm.prank(payer);
        (bool sent,) = address(checkout).call{value: within(amount, 1, MUCH)}("");
        check(!sent, "refused");
    }

    function test_the_treasury_does_not_pay_itself(bytes32 orderId, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        usdc.mint(treasury, amount);
        vm.prank(treasury);
        usdc.approve(address(checkout), amount);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), amount);
        bytes memory signature = signed(quote);
        vm.prank(treasury);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.Underpaid.selector, 0, amount));
        checkout.payToken(quote, signature);
    }

    function stock(LookAlike token) private {
        token.mint(payer, MUCH);
        vm.prank(payer);
        token.approve(address(checkout), type(uint256).max);
    }

    function rotate(address next) private {
        vm.prank(owner);
        checkout.proposeTreasury(next);
    }

    function refused(CreditCheckout.Quote memory quote, bytes memory why) private {
        bytes memory signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert(why);
        checkout.payToken(quote, signature);
        check(!checkout.paid(quote.orderId), "the order can still be paid");
    }
}
