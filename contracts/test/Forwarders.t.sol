// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Forwarder} from "../src/Forwarder.sol";
import {ForwarderFactory} from "../src/ForwarderFactory.sol";
import {Counter} from "./Counter.sol";
import {Denier, Hooked} from "./hostile/Tokens.sol";
import {check, same, vm, within} from "./Vm.sol";

contract Forwarders is Counter {
    ForwarderFactory private factory;

    event Swept(bytes32 indexed salt, address indexed forwarder, address indexed token, uint256 amount);

    function setUp() public override {
        super.setUp();
        factory = new ForwarderFactory(checkout);
    }

    function test_money_that_came_before_the_contract_is_swept_to_the_treasury(
        bytes32 salt,
        uint256 amount,
        address anybody
    ) public {
        amount = within(amount, 1, MUCH);
        address forwarder = factory.addressOf(salt);
        fund(forwarder, amount);
        vm.expectEmit(true, true, true, true, address(factory));
        emit Swept(salt, forwarder, address(usdc), amount);
        vm.prank(anybody);
        factory.sweep(list(salt), all());
        arrived(forwarder, amount);
    }

    function test_money_that_came_after_the_contract_is_swept_to_the_treasury(bytes32 salt, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        vm.prank(stranger);
        address forwarder = factory.deploy(salt);
        check(forwarder == factory.addressOf(salt), "it stands where it was said");
        fund(forwarder, amount);
        vm.prank(stranger);
        factory.sweep(list(salt), all());
        arrived(forwarder, amount);
    }

    function test_whoever_deploys_first_changes_nothing(bytes32 salt, address anybody) public {
        vm.prank(anybody);
        address first = factory.deploy(salt);
        bytes32 code = first.codehash;
        vm.prank(stranger);
        check(factory.deploy(salt) == first && first.codehash == code, "the same contract");
    }

    function test_every_salt_has_an_address_of_its_own(bytes32 one, bytes32 other) public view {
        vm.assume(one != other);
        check(factory.addressOf(one) != factory.addressOf(other), "different");
    }

    function test_nobody_but_the_factory_moves_what_lies_there(bytes32 salt, address anybody, address to) public {
        vm.assume(anybody != address(factory));
        address forwarder = factory.deploy(salt);
        fund(forwarder, 1);
        vm.prank(anybody);
        vm.expectRevert(Forwarder.OnlyFactory.selector);
        Forwarder(payable(forwarder)).sweep(COIN, to);
        vm.prank(anybody);
        vm.expectRevert(Forwarder.OnlyFactory.selector);
        Forwarder(payable(forwarder)).sweep(address(usdc), to);
        check(Forwarder(payable(forwarder)).factory() == address(factory), "its factory");
    }

    function test_what_is_swept_follows_the_treasury(bytes32 salt, uint256 amount, address next) public {
        amount = within(amount, 1, MUCH);
        vm.assume(next.code.length == 0 && uint160(next) > 0xffff && next != payer && next != treasury);
        address forwarder = factory.addressOf(salt);
        vm.assume(next != forwarder);
        fund(forwarder, amount);
        vm.prank(owner);
        checkout.proposeTreasury(next);
        vm.prank(next);
        checkout.acceptTreasury();
        uint256 coinBefore = next.balance;
        factory.sweep(list(salt), all());
        same(usdc.balanceOf(next), amount, "token");
        same(next.balance, coinBefore + amount, "coin");
        same(treasury.balance, 0, "the treasury before");
    }

    function test_many_addresses_are_swept_at_once(uint8 count, uint256 amount) public {
        uint256 many = within(count, 1, 8);
        amount = within(amount, 1, MUCH / 8);
        bytes32[] memory salts = new bytes32[](many);
        for (uint256 i = 0; i < many; i++) {
            salts[i] = bytes32(i);
            fund(factory.addressOf(salts[i]), amount);
        }
        factory.sweep(salts, all());
        same(usdc.balanceOf(treasury), amount * many, "token");
        same(usdt.balanceOf(treasury), amount * many, "token without answers");
        same(treasury.balance, amount * many, "coin");
    }

    function test_sweeping_nothing_and_sweeping_twice_is_no_failure(bytes32 salt) public {
        factory.sweep(list(salt), all());
        fund(factory.addressOf(salt), 5);
        factory.sweep(list(salt), all());
        factory.sweep(list(salt), all());
        same(usdc.balanceOf(treasury), 5, "treasury");
    }

    function test_a_token_that_fails_keeps_no_other_from_being_swept(bytes32 salt, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        address forwarder = factory.addressOf(salt);
        Denier denier = new Denier();
        denier.mint(forwarder, amount);
        fund(forwarder, amount);
        address[] memory tokens = new address[](1);
        tokens[0] = address(denier);
        vm.expectRevert();
        factory.sweep(list(salt), tokens);
        factory.sweep(list(salt), all());
        arrived(forwarder, amount);
    }

    function test_a_token_that_calls_back_sends_nothing_elsewhere(bytes32 salt, uint256 amount) public {
        amount = within(amount, 1, MUCH);
        address forwarder = factory.addressOf(salt);
        Hooked hooked = new Hooked();
        hooked.mint(forwarder, amount);
        fund(forwarder, amount);
        hooked.setHook(address(factory), abi.encodeCall(factory.sweep, (list(salt), all())), 0);
        address[] memory tokens = new address[](1);
        tokens[0] = address(hooked);
        factory.sweep(list(salt), tokens);
        same(hooked.balanceOf(treasury), amount, "the token that called back");
        arrived(forwarder, amount);
    }

    /// A sender that allows 2,300 gas or less has its coin back once the contract is there; docs/contracts.md says so.
    function test_coin_that_brings_too_little_gas_stays_with_its_sender(bytes32 salt, uint256 amount) public {
        amount = within(amount, 1, MUCH / 2);
        address forwarder = factory.addressOf(salt);
        vm.deal(address(this), MUCH);
        check(payable(forwarder).send(amount), "before there is a contract it is taken");
        factory.deploy(salt);
        check(!payable(forwarder).send(amount), "afterwards it is not");
        same(address(this).balance, MUCH - amount, "sender");
        same(forwarder.balance, amount, "forwarder");
    }

    function fund(address to, uint256 amount) private {
        usdc.mint(to, amount);
        usdt.mint(to, amount);
        vm.prank(payer);
        (bool sent,) = to.call{value: amount}("");
        check(sent, "coin");
    }

    function arrived(address forwarder, uint256 amount) private view {
        same(usdc.balanceOf(treasury), amount, "token");
        same(usdt.balanceOf(treasury), amount, "token without answers");
        same(treasury.balance, amount, "coin");
        same(usdc.balanceOf(forwarder) + usdt.balanceOf(forwarder) + forwarder.balance, 0, "nothing is left");
    }

    function all() private view returns (address[] memory tokens) {
        tokens = new address[](3);
        tokens[0] = address(usdc);
        tokens[1] = address(usdt);
        tokens[2] = COIN;
    }

    function list(bytes32 salt) private pure returns (bytes32[] memory salts) {
        salts = new bytes32[](1);
        salts[0] = salt;
    }
}
