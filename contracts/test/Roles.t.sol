// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CreditCheckout} from "../src/CreditCheckout.sol";
import {IPriceFeed} from "../src/IPriceFeed.sol";
import {NativePrice} from "../src/NativePrice.sol";
import {Counter} from "./Counter.sol";
import {check, same, vm} from "./Vm.sol";

contract Roles is Counter {
    IPriceFeed private constant NONE = IPriceFeed(address(0));

    function test_only_the_owner_changes_anything(address anybody) public {
        vm.assume(anybody != owner);
        bytes memory why = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, anybody);
        vm.prank(anybody);
        vm.expectRevert(why);
        checkout.setSigner(anybody);
        vm.prank(anybody);
        vm.expectRevert(why);
        checkout.proposeTreasury(anybody);
        vm.prank(anybody);
        vm.expectRevert(why);
        checkout.setNativeFeed(NativePrice.Source(NONE, 0, NONE, 0, 0));
        vm.prank(anybody);
        vm.expectRevert(why);
        checkout.transferOwnership(anybody);
    }

    function test_a_treasury_takes_over_only_by_its_own_word(address next, address anybody) public {
        vm.assume(anybody != next && next != address(0));
        vm.prank(owner);
        checkout.proposeTreasury(next);
        check(checkout.treasury() == treasury, "a proposal changes nothing");
        vm.prank(anybody);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.NotProposed.selector, anybody));
        checkout.acceptTreasury();
        vm.prank(next);
        checkout.acceptTreasury();
        check(checkout.treasury() == next, "it took over");
        vm.prank(next);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.NotProposed.selector, next));
        checkout.acceptTreasury();
    }

    function test_nobody_can_accept_when_nobody_is_proposed(address anybody) public {
        vm.assume(anybody != address(0));
        vm.prank(owner);
        checkout.proposeTreasury(anybody);
        vm.prank(owner);
        checkout.proposeTreasury(address(0));
        vm.prank(anybody);
        vm.expectRevert(abi.encodeWithSelector(CreditCheckout.NotProposed.selector, anybody));
        checkout.acceptTreasury();
    }

    function test_an_owner_takes_over_only_by_its_own_word(address next) public {
        vm.assume(next != owner && next != address(0));
        vm.prank(owner);
        checkout.transferOwnership(next);
        check(checkout.owner() == owner, "a proposal changes nothing");
        vm.prank(next);
        checkout.acceptOwnership();
        check(checkout.owner() == next, "it took over");
    }

    function test_there_is_always_an_owner() public {
        vm.prank(owner);
        vm.expectRevert(CreditCheckout.OwnerNeeded.selector);
        checkout.renounceOwnership();
    }

    function test_the_owner_cannot_take_what_was_paid(bytes32 orderId) public {
        CreditCheckout.Quote memory quote = quoteOf(orderId, address(usdc), 20e6);
        bytes memory signature = signed(quote);
        vm.prank(payer);
        checkout.payToken(quote, signature);
        vm.prank(owner);
        checkout.proposeTreasury(owner);
        vm.prank(owner);
        checkout.acceptTreasury();
        same(usdc.balanceOf(treasury), 20e6, "it stays where it was paid to");
        check(checkout.paid(orderId), "it stays paid");
    }

    function test_neither_signer_nor_treasury_is_nobody() public {
        vm.prank(owner);
        vm.expectRevert(CreditCheckout.ZeroAddress.selector);
        checkout.setSigner(address(0));
        vm.expectRevert(CreditCheckout.ZeroAddress.selector);
        new CreditCheckout(owner, address(0), payer);
        vm.expectRevert(CreditCheckout.ZeroAddress.selector);
        new CreditCheckout(owner, treasury, address(0));
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableInvalidOwner.selector, address(0)));
        new CreditCheckout(address(0), treasury, payer);
    }

    function test_a_tolerance_that_would_take_any_price_is_refused(uint16 toleranceBps) public {
        vm.prank(owner);
        if (toleranceBps >= 10_000) {
            vm.expectRevert(abi.encodeWithSelector(CreditCheckout.BadTolerance.selector, toleranceBps));
        }
        checkout.setNativeFeed(NativePrice.Source(NONE, 0, NONE, 0, toleranceBps));
    }
}
