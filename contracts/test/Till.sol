// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {CreditCheckout} from "../src/CreditCheckout.sol";
import {ForwarderFactory} from "../src/ForwarderFactory.sol";
import {Counter} from "./Counter.sol";
import {vm, within} from "./Vm.sol";

/// @notice What forge does at random, thousands of times in a row: people who pay, pay again, pay with what others signed,
///         send money where it does not belong, and an operator who rotates and sweeps. It keeps its own books, which the
///         invariants compare with the chain.
contract Till is Counter {
    uint256 private constant ORDERS = 24;
    uint256 private constant SALTS = 4;

    ForwarderFactory public factory;
    address[] public treasuries;
    address[3] public currencies;
    address[3] private payers;

    /// @notice By currency: what payers gave for orders; what they sent to deposit addresses and, wrongly, to the checkout.
    mapping(address currency => uint256) public forOrders;
    mapping(address currency => uint256) public besides;
    mapping(bytes32 orderId => uint256) public timesPaid;
    uint256 public payments;
    uint256 public refusals;
    uint256 public sweeps;
    uint256 public rotations;

    constructor() {
        setUp();
        factory = new ForwarderFactory(checkout);
        treasuries.push(treasury);
        currencies = [address(usdc), address(usdt), COIN];
        for (uint256 i = 0; i < 3; i++) {
            payers[i] = vm.addr(PAYER_KEY + i);
            usdc.mint(payers[i], MUCH);
            usdt.mint(payers[i], MUCH);
            vm.deal(payers[i], MUCH);
            vm.prank(payers[i]);
            usdc.approve(address(checkout), type(uint256).max);
            vm.prank(payers[i]);
            usdt.approve(address(checkout), 0);
            vm.prank(payers[i]);
            usdt.approve(address(checkout), type(uint256).max);
        }
    }

    function pay(uint256 order, uint256 currency, uint256 who, uint256 amount, uint8 rail) external {
        CreditCheckout.Quote memory quote = quoteFor(order, currency, amount);
        attempt(quote, signed(quote), who, rail);
    }

    function payLate(uint256 order, uint256 currency, uint256 who, uint256 amount, uint8 rail) external {
        CreditCheckout.Quote memory quote = quoteFor(order, currency, amount);
        quote.expiry = block.timestamp - 1;
        attempt(quote, signed(quote), who, rail);
    }

    function payForged(uint256 order, uint256 currency, uint256 who, uint256 amount, uint8 rail, uint8 key) external {
        CreditCheckout.Quote memory quote = quoteFor(order, currency, amount);
        uint256 forger = SIGNER_KEY + 1 + key;
        attempt(quote, signedBy(forger, quote), who, rail);
    }

    function payChanged(uint256 order, uint256 currency, uint256 who, uint256 amount, uint8 rail) external {
        CreditCheckout.Quote memory quote = quoteFor(order, currency, amount);
        bytes memory signature = signed(quote);
        quote.amount = quote.amount / 2;
        attempt(quote, signature, who, rail);
    }

    function deposit(uint256 salt, uint256 currency, uint256 who, uint256 amount) external {
        send(currency, who, factory.addressOf(bytes32(salt % SALTS)), amount);
    }

    function sendToCheckout(uint256 currency, uint256 who, uint256 amount) external {
        send(currency, who, address(checkout), amount);
    }

    function sweepForwarder(uint256 salt, address anybody) external {
        vm.prank(anybody);
        sweepOf(salt);
        sweeps++;
    }

    function sweepCheckout(uint256 currency, address anybody) external {
        vm.prank(anybody);
        checkout.sweep(currencies[currency % 3]);
        sweeps++;
    }

    function setFee(uint256 feeBps) external {
        // Three times out of four there is none, or no payment in this token would ever succeed.
        usdt.setFee(feeBps % 4 == 0 ? within(feeBps, 0, 500) : 0);
    }

    function rotateTreasury(uint160 next) external {
        address to = address(uint160(within(next, 0x10000, 0x20000)));
        if (to.code.length > 0) return;
        vm.prank(owner);
        checkout.proposeTreasury(to);
        vm.prank(to);
        checkout.acceptTreasury();
        for (uint256 i = 0; i < treasuries.length; i++) {
            if (treasuries[i] == to) return;
        }
        treasuries.push(to);
        rotations++;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + within(time, 1, 1000));
    }

    /// @notice Sweeps whatever lies anywhere, as an operator does in the end.
    function sweepAll() external {
        for (uint256 i = 0; i < SALTS; i++) {
            sweepOf(i);
        }
        for (uint256 i = 0; i < 3; i++) {
            checkout.sweep(currencies[i]);
        }
    }

    function ordersPaidTwice() external view returns (uint256 count) {
        for (uint256 i = 0; i < ORDERS; i++) {
            if (timesPaid[bytes32(i)] > 1) count++;
        }
    }

    function ordersThatTheCheckoutRemembersWrongly() external view returns (uint256 count) {
        for (uint256 i = 0; i < ORDERS; i++) {
            if (checkout.paid(bytes32(i)) != (timesPaid[bytes32(i)] == 1)) count++;
        }
    }

    function heldByTreasuries(address currency) external view returns (uint256 sum) {
        for (uint256 i = 0; i < treasuries.length; i++) {
            sum += balance(currency, treasuries[i]);
        }
    }

    function heldByCheckout(address currency) public view returns (uint256) {
        return balance(currency, address(checkout));
    }

    function heldByForwarders(address currency) public view returns (uint256 sum) {
        for (uint256 i = 0; i < SALTS; i++) {
            sum += balance(currency, factory.addressOf(bytes32(i)));
        }
    }

    function heldByPayers(address currency) external view returns (uint256 sum) {
        for (uint256 i = 0; i < 3; i++) {
            sum += balance(currency, payers[i]);
        }
    }

    function supply(address currency) external view returns (uint256) {
        return currency == COIN ? 3 * MUCH : IERC20(currency).totalSupply();
    }

    function balance(address currency, address who) private view returns (uint256) {
        return currency == COIN ? who.balance : IERC20(currency).balanceOf(who);
    }

    function quoteFor(uint256 order, uint256 currency, uint256 amount)
        private
        view
        returns (CreditCheckout.Quote memory)
    {
        return quoteOf(bytes32(order % ORDERS), currencies[currency % 3], within(amount, 1, 10 ** 12));
    }

    function attempt(CreditCheckout.Quote memory quote, bytes memory signature, uint256 who, uint8 rail) private {
        address by = payers[who % 3];
        bytes memory data;
        uint256 coin = 0;
        if (quote.token == COIN) {
            data = abi.encodeCall(checkout.payNative, (quote, signature));
            coin = quote.amount;
        } else if (quote.token == address(usdc) && rail % 2 == 0) {
            CreditCheckout.Authorization memory given =
                authorization(PAYER_KEY + who % 3, quote.orderId, quote.amount);
            data = abi.encodeCall(checkout.payWithAuthorization, (quote, signature, given));
        } else {
            data = abi.encodeCall(checkout.payToken, (quote, signature));
        }
        vm.prank(by);
        (bool done,) = address(checkout).call{value: coin}(data);
        if (!done) {
            refusals++;
            return;
        }
        payments++;
        timesPaid[quote.orderId]++;
        forOrders[quote.token] += quote.amount;
    }

    function send(uint256 currency, uint256 who, address to, uint256 amount) private {
        address currency_ = currencies[currency % 3];
        amount = within(amount, 1, 10 ** 12);
        uint256 before = balance(currency_, to);
        vm.prank(payers[who % 3]);
        if (currency_ == COIN) {
            (bool sent,) = to.call{value: amount}("");
            if (!sent) refusals++;
        } else if (currency_ == address(usdt)) {
            usdt.transfer(to, amount);
        } else {
            usdc.transfer(to, amount);
        }
        besides[currency_] += balance(currency_, to) - before;
    }

    function sweepOf(uint256 salt) private {
        bytes32[] memory salts = new bytes32[](1);
        salts[0] = bytes32(salt % SALTS);
        address[] memory all = new address[](3);
        for (uint256 i = 0; i < 3; i++) {
            all[i] = currencies[i];
        }
        factory.sweep(salts, all);
    }
}
