// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Till} from "./Till.sol";
import {same} from "./Vm.sol";

/// @notice What holds after every step of every random history of `Till`.
contract Invariants {
    Till private till;

    function setUp() public {
        till = new Till();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(till);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](14);
        // What is named four times is drawn four times as often.
        selectors[0] = Till.pay.selector;
        selectors[1] = Till.payLate.selector;
        selectors[2] = Till.payForged.selector;
        selectors[3] = Till.payChanged.selector;
        selectors[4] = Till.deposit.selector;
        selectors[5] = Till.sendToCheckout.selector;
        selectors[6] = Till.sweepForwarder.selector;
        selectors[7] = Till.sweepCheckout.selector;
        selectors[8] = Till.setFee.selector;
        selectors[9] = Till.rotateTreasury.selector;
        selectors[10] = Till.wait.selector;
        selectors[11] = Till.pay.selector;
        selectors[12] = Till.pay.selector;
        selectors[13] = Till.pay.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(till), selectors);
    }

    function invariant_no_order_is_paid_twice() public view {
        same(till.ordersPaidTwice(), 0, "paid twice");
        same(till.ordersThatTheCheckoutRemembersWrongly(), 0, "remembered wrongly");
    }

    function invariant_only_the_treasury_receives() public view {
        for (uint256 i = 0; i < 3; i++) {
            address currency = till.currencies(i);
            uint256 known = till.heldByTreasuries(currency) + till.heldByForwarders(currency)
                + till.heldByCheckout(currency) + till.heldByPayers(currency);
            same(known, till.supply(currency), "somebody else has money");
        }
    }

    function invariant_the_treasury_has_every_payment_in_full() public view {
        for (uint256 i = 0; i < 3; i++) {
            address currency = till.currencies(i);
            // A token that keeps a fee of sweeps is the exception: it is the token that takes it, and never of a payment.
            if (i == 1) continue;
            uint256 waiting = till.heldByForwarders(currency) + till.heldByCheckout(currency);
            same(
                till.heldByTreasuries(currency), till.forOrders(currency) + till.besides(currency) - waiting, "treasury"
            );
        }
        require(till.heldByTreasuries(till.currencies(1)) >= till.forOrders(till.currencies(1)), "treasury");
    }

    function invariant_the_checkout_holds_nothing_but_what_was_sent_to_it_by_mistake() public view {
        for (uint256 i = 0; i < 3; i++) {
            address currency = till.currencies(i);
            require(till.heldByCheckout(currency) <= till.besides(currency), "checkout");
        }
        same(till.heldByCheckout(address(0)), 0, "it takes no coin");
    }

    /// @notice After each history, of whichever invariant: whatever lies anywhere can be swept, by anybody.
    function afterInvariant() public {
        till.sweepAll();
        for (uint256 i = 0; i < 3; i++) {
            address currency = till.currencies(i);
            same(till.heldByForwarders(currency) + till.heldByCheckout(currency), 0, "stuck");
        }
    }

    /// @dev Says it by `afterInvariant`.
    function invariant_nothing_is_stuck() public view {}
}
