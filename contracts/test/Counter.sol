// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {NoReturnToken} from "../dev/NoReturnToken.sol";
import {TestFeed} from "../dev/TestFeed.sol";
import {TestUSDC} from "../dev/TestUSDC.sol";
import {CreditCheckout} from "../src/CreditCheckout.sol";
import {IPriceFeed} from "../src/IPriceFeed.sol";
import {NativePrice} from "../src/NativePrice.sol";
import {vm} from "./Vm.sol";

/// @notice What every test of the checkout starts from: a checkout, who runs it, who pays, tokens.
abstract contract Counter {
    uint256 internal constant SIGNER_KEY = 0x51;
    uint256 internal constant PAYER_KEY = 0x9a;
    address internal immutable payer = vm.addr(PAYER_KEY);
    address internal immutable owner = address(0x0e);
    address internal immutable treasury = address(0x7ea5);
    address internal immutable stranger = address(0x57a);
    address internal constant COIN = address(0);
    uint256 internal constant NOW = 1_800_000_000;
    /// No token has more than this, so that sums do not overflow.
    uint256 internal constant MUCH = type(uint128).max;

    CreditCheckout internal checkout;
    TestUSDC internal usdc;
    NoReturnToken internal usdt;

    function setUp() public virtual {
        vm.warp(NOW);
        checkout = new CreditCheckout(owner, treasury, vm.addr(SIGNER_KEY));
        usdc = new TestUSDC();
        usdt = new NoReturnToken();
        usdc.mint(payer, MUCH);
        usdt.mint(payer, MUCH);
        vm.deal(payer, MUCH);
        vm.prank(payer);
        usdc.approve(address(checkout), type(uint256).max);
        vm.prank(payer);
        usdt.approve(address(checkout), type(uint256).max);
    }

    function quoteOf(bytes32 orderId, address token, uint256 amount)
        internal
        view
        returns (CreditCheckout.Quote memory)
    {
        return CreditCheckout.Quote(orderId, token, amount, 20 * 10 ** 9, block.timestamp + 900);
    }

    function signed(CreditCheckout.Quote memory quote) internal view returns (bytes memory) {
        return signedBy(SIGNER_KEY, quote);
    }

    function signedBy(uint256 key, CreditCheckout.Quote memory quote) internal view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, checkout.hashQuote(quote));
        return abi.encodePacked(r, s, v);
    }

    /// @notice USD for one coin with 8 decimals, good for an hour, quotes up to 1 % below it.
    function setFeed(int256 price) internal returns (TestFeed feed) {
        feed = new TestFeed(8, price);
        setFeed(feed, IPriceFeed(address(0)));
    }

    function setFeed(IPriceFeed feed, IPriceFeed sequencer) internal {
        vm.prank(owner);
        checkout.setNativeFeed(NativePrice.Source(feed, 3600, sequencer, 3600, 100));
    }

    /// @notice The payer's ERC-3009 authorization for the checkout.
    function authorization(uint256 key, bytes32 orderId, uint256 amount)
        internal
        view
        returns (CreditCheckout.Authorization memory)
    {
        bytes32 what = keccak256(
            abi.encode(
                keccak256(
                    "ReceiveWithAuthorization(address from,address to,uint256 value,uint256 validAfter,uint256 validBefore,bytes32 nonce)"
                ),
                vm.addr(key),
                address(checkout),
                amount,
                0,
                type(uint256).max,
                orderId
            )
        );
        (uint8 v, bytes32 r, bytes32 s) =
            vm.sign(key, keccak256(abi.encodePacked("\x19\x01", usdc.DOMAIN_SEPARATOR(), what)));
        return CreditCheckout.Authorization(vm.addr(key), 0, type(uint256).max, v, r, s);
    }

    /// @notice The payer's ERC-2612 permit for the checkout.
    function permit(uint256 amount, uint256 deadline) internal view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 what = keccak256(
            abi.encode(
                keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)"),
                payer,
                address(checkout),
                amount,
                usdc.nonces(payer),
                deadline
            )
        );
        return vm.sign(PAYER_KEY, keccak256(abi.encodePacked("\x19\x01", usdc.DOMAIN_SEPARATOR(), what)));
    }
}
