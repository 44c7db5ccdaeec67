// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {CreditCheckout} from "../src/CreditCheckout.sol";
import {Counter} from "./Counter.sol";
import {check, vm, within} from "./Vm.sol";

contract Quotes is Counter {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function test_a_quote_that_somebody_else_signed_is_refused(uint256 key, bytes32 orderId) public {
        key = within(key, 1, HALF_ORDER);
        vm.assume(key != SIGNER_KEY);
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 1e6);
        refused(quote, signedBy(key, quote), abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_bytes_that_are_no_signature_are_refused(bytes calldata signature, bytes32 orderId) public {
        refused(quoteOf(orderId, address(usdc), 1e6), signature, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_a_quote_that_was_changed_after_it_was_signed_is_refused(uint8 field, uint256 change) public {
        vm.assume(change != 0);
        CreditCheckout.Quote memory quote = quoteOf("order", address(usdc), 1e6);
        bytes memory signature = signed(quote);
        if (field % 4 == 0) quote.orderId = bytes32(uint256(quote.orderId) ^ change);
        // Never zero, which would be coin, and never in the past: those have refusals of their own.
        if (field % 4 == 1) quote.token = address(uint160(within(change, 1, uint160(address(usdc)) - 1)));
        if (field % 4 == 2) quote.amount ^= change;
        if (field % 4 == 3) quote.usd ^= change;
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_a_quote_cannot_be_prolonged(uint256 expiry) public {
        CreditCheckout.Quote memory quote = quoteOf("order", address(usdc), 1e6);
        bytes memory signature = signed(quote);
        expiry = within(expiry, NOW, type(uint256).max - 1);
        vm.assume(expiry != quote.expiry);
        quote.expiry = expiry;
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_a_quote_is_good_until_its_last_second_and_not_after(uint256 late) public {
        late = within(late, 1, type(uint64).max);
        CreditCheckout.Quote memory quote = quoteOf("late", address(usdc), 1e6);
        bytes memory signature = signed(quote);
        uint256 expiry = quote.expiry;
        vm.warp(expiry + late);
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.Expired.selector, expiry));
        vm.warp(expiry);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        check(checkout.paid("late"), "paid");
    }

    function test_a_quote_of_another_chain_is_refused(uint64 chain) public {
        vm.assume(chain != 0 && chain != block.chainid);
        CreditCheckout.Quote memory quote = quoteOf("order", address(usdc), 1e6);
        bytes memory signature = signed(quote);
        vm.chainId(chain);
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_a_quote_for_another_contract_is_refused(bytes32 orderId) public {
        CreditCheckout here = checkout;
        checkout = new CreditCheckout(owner, treasury, vm.addr(SIGNER_KEY));
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 1e6);
        bytes memory signature = signed(quote);
        checkout = here;
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_a_quote_is_no_use_twice(bytes32 orderId) public {
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 1e6);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.AlreadyPaid.selector, orderId));
    }

    function test_the_twin_of_a_signature_is_refused(bytes32 orderId) public {
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 1e6);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(SIGNER_KEY, checkout.hashQuote(quote));
        bytes memory twin = abi.encodePacked(r, bytes32(ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
        refused(quote, twin, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
    }

    function test_a_second_quote_for_a_paid_order_is_refused(bytes32 orderId, uint256 amount) public {
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 1e6);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        CreditCheckout.Quote memory other = quoteOf(orderId, address(usdc), within(amount, 0, MUCH));
        refused(other, signed(other), abi.encodeWithSelector(CreditCheckout.AlreadyPaid.selector, orderId));
    }

    function test_a_quote_in_coin_takes_no_token_and_the_other_way_round() public {
        CreditCheckout.Quote memory quote = quoteOf("coin", COIN, 1e6);
        bytes memory signature = signed(quote);
        refused(quote, signature, abi.encodeWithSelector(CreditCheckout.WrongCurrency.selector, COIN));
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.WrongCurrency.selector, COIN));
        checkout.payTokenWithPermit(quote, signature, 0, 0, 0, 0);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.WrongCurrency.selector, COIN));
        checkout.payWithAuthorization(quote, signature, CreditCheckout.Authorization(payer, 0, 0, 0, 0, 0));
        quote = quoteOf("token", address(usdc), 1e6);
        signature = signed(quote);
        vm.prank(payer);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.WrongCurrency.selector, address(usdc)));
        checkout.payNative{value: 1e6}(quote, signature);
    }

    function test_quotes_of_the_signer_before_are_void(uint256 key) public {
        key = within(key, 1, HALF_ORDER);
        vm.assume(key != SIGNER_KEY);
        CreditCheckout.Quote memory quote = quoteOf("order", address(usdc), 1e6);
        bytes memory before = signed(quote);
        vm.prank(owner);
        checkout.setSigner(vm.addr(key));
        refused(quote, before, abi.encodeWithSelector(CreditCheckout.BadQuote.selector));
        bytes memory now_ = signedBy(key, quote);
        vm.prank(payer);
        checkout.payToken(quote, now_);
    }

    function refused(CreditCheckout.Quote memory quote, bytes memory signature, bytes memory why) private {
        uint256 held = usdc.balanceOf(payer);
        vm.prank(payer);
        vm.expectRevert(why);
        checkout.payToken(quote, signature);
        check(usdc.balanceOf(payer) == held, "the payer lost nothing");
    }
}
