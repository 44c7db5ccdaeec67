// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Ownable, Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IReceiveWithAuthorization} from "./IReceiveWithAuthorization.sol";
import {ITreasurySource} from "./ITreasurySource.sol";
import {NativePrice} from "./NativePrice.sol";

/// @title Pays an order for credits
/// @notice The operator signs what an order costs (a quote); whoever pays calls one of the four functions. An order is
///         paid once, in full, in time, in what the quote names, or not at all: there is no wrong amount and no wrong
///         address to send to. Money goes to the treasury in the same call; nothing stays here, and nothing that the
///         owner can do touches money that was paid. There is no switch that stops payments: an operator stops signing.
contract CreditCheckout is EIP712, Ownable2Step, ReentrancyGuardTransient, ITreasurySource {
    using SafeERC20 for IERC20;
    using NativePrice for NativePrice.Source;

    /// @notice What the operator signs.
    /// @param orderId the order that is paid, once
    /// @param token what it is paid in; the zero address is the chain's own coin
    /// @param amount how much of it, in its smallest unit
    /// @param usd what that is worth, in nano-USD (10^-9); coin is compared with a price feed where there is one
    /// @param expiry the last second at which it may be paid
    struct Quote {
        bytes32 orderId;
        address token;
        uint256 amount;
        uint256 usd;
        uint256 expiry;
    }

    /// @notice What a payer signed for the token (ERC-3009, ReceiveWithAuthorization). The rest of it follows from the quote:
    ///         to this contract, in the quote's amount, with the order's id as nonce.
    struct Authorization {
        address payer;
        uint256 validAfter;
        uint256 validBefore;
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    /// @notice An order was paid; the treasury has the money.
    event Paid(bytes32 indexed orderId, address indexed payer, address indexed token, uint256 amount, uint256 usd);
    /// @notice Money that was sent here outside of a payment went to the treasury.
    event Swept(address indexed token, uint256 amount);
    event SignerChanged(address indexed signer);
    event TreasuryProposed(address indexed treasury);
    event TreasuryChanged(address indexed treasury);
    event NativeFeedChanged(NativePrice.Source source);

    /// @notice The order has been paid before.
    error AlreadyPaid(bytes32 orderId);
    /// @notice The quote's time is over.
    error Expired(uint256 expiry);
    /// @notice The quote was not signed by the operator for this contract on this chain, or was changed since.
    error BadQuote();
    /// @notice The quote names something else than what this function takes.
    error WrongCurrency(address token);
    /// @notice Less than the quote's amount arrived.
    error Underpaid(uint256 received, uint256 amount);
    /// @notice Coin must be sent in exactly the quote's amount.
    error WrongValue(uint256 value, uint256 amount);
    /// @notice The coin's price fell since the quote was signed; ask for another quote.
    error PriceMoved(uint256 amount, uint256 least);
    /// @notice The treasury does not take coin.
    error TreasuryRefused();
    /// @notice Only the treasury that was proposed may accept, which shows that somebody holds its key.
    error NotProposed(address sender);
    error ZeroAddress();
    error BadTolerance(uint16 toleranceBps);
    /// @notice Without an owner nobody could ever rotate the treasury.
    error OwnerNeeded();

    bytes32 private constant QUOTE_TYPEHASH =
        keccak256("Quote(bytes32 orderId,address token,uint256 amount,uint256 usd,uint256 expiry)");
    address private constant COIN = address(0);

    address public override treasury;
    address public pendingTreasury;
    address public signer;
    mapping(bytes32 orderId => bool) public paid;
    NativePrice.Source public nativeFeed;

    constructor(address owner_, address treasury_, address signer_)
        EIP712("RedPill Credit Checkout", "1")
        Ownable(owner_)
    {
        if (treasury_ == address(0) || signer_ == address(0)) revert ZeroAddress();
        treasury = treasury_;
        signer = signer_;
        emit TreasuryChanged(treasury_);
        emit SignerChanged(signer_);
    }

    /// @notice Pays with a token for which this contract has an allowance.
    function payToken(Quote calldata quote, bytes calldata signature) external nonReentrant {
        _payToken(quote, signature);
    }

    /// @notice Pays with a token that gives the allowance by signature (ERC-2612), in one transaction.
    /// @dev A permit that fails is no reason to fail: somebody may have redeemed it already, in order to block this very
    ///      call; the allowance is then there. Where it is not, the transfer fails.
    function payTokenWithPermit(
        Quote calldata quote,
        bytes calldata signature,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant {
        _requireToken(quote.token);
        try IERC20Permit(quote.token).permit(msg.sender, address(this), quote.amount, deadline, v, r, s) {} catch {}
        _payToken(quote, signature);
    }

    /// @notice Pays with a payer's authorization, which is good for this order alone since its nonce is the order's id.
    ///         Anybody may bring it: the payer needs no coin. Nobody can redeem it elsewhere: only the receiver may.
    function payWithAuthorization(Quote calldata quote, bytes calldata signature, Authorization calldata given)
        external
        nonReentrant
    {
        _requireToken(quote.token);
        address to = _take(quote, signature);
        IERC20 token = IERC20(quote.token);
        _receive(quote, given);
        uint256 before = token.balanceOf(to);
        token.safeTransfer(to, quote.amount);
        _requireReceived(token.balanceOf(to), before, quote.amount);
        emit Paid(quote.orderId, given.payer, quote.token, quote.amount, quote.usd);
    }

    /// @notice Pays with the chain's own coin, in exactly the quote's amount.
    function payNative(Quote calldata quote, bytes calldata signature) external payable nonReentrant {
        if (quote.token != COIN) revert WrongCurrency(quote.token);
        address to = _take(quote, signature);
        if (msg.value != quote.amount) revert WrongValue(msg.value, quote.amount);
        if (address(nativeFeed.feed) != address(0)) {
            uint256 least = nativeFeed.leastFor(quote.usd);
            if (quote.amount < least) revert PriceMoved(quote.amount, least);
        }
        _sendCoin(to, quote.amount);
        emit Paid(quote.orderId, msg.sender, COIN, quote.amount, quote.usd);
    }

    /// @notice Wei that are worth `usd` nano-USD by the feed, rounded up. What operators quote by.
    function nativeAmount(uint256 usd) external view returns (uint256) {
        return nativeFeed.amountFor(usd);
    }

    /// @notice What the operator's signature of a quote is over (EIP-712).
    function hashQuote(Quote calldata quote) public view returns (bytes32) {
        return _hashTypedDataV4(
            keccak256(abi.encode(QUOTE_TYPEHASH, quote.orderId, quote.token, quote.amount, quote.usd, quote.expiry))
        );
    }

    /// @notice Sends to the treasury what somebody sent here by mistake. Anybody may call.
    function sweep(address token) external nonReentrant returns (uint256 amount) {
        if (token == COIN) {
            amount = address(this).balance;
            _sendCoin(treasury, amount);
        } else {
            amount = IERC20(token).balanceOf(address(this));
            IERC20(token).safeTransfer(treasury, amount);
        }
        emit Swept(token, amount);
    }

    /// @notice Takes effect at once, since a stolen key must be; quotes of the signer before are void.
    function setSigner(address signer_) external onlyOwner {
        if (signer_ == address(0)) revert ZeroAddress();
        signer = signer_;
        emit SignerChanged(signer_);
    }

    /// @notice Names the next treasury; it takes over when it accepts. The zero address takes a proposal back.
    function proposeTreasury(address treasury_) external onlyOwner {
        pendingTreasury = treasury_;
        emit TreasuryProposed(treasury_);
    }

    /// @notice Called by the treasury that was proposed.
    function acceptTreasury() external {
        if (msg.sender != pendingTreasury) revert NotProposed(msg.sender);
        pendingTreasury = address(0);
        treasury = msg.sender;
        emit TreasuryChanged(msg.sender);
    }

    /// @notice With which feed prices of coin are compared; a feed of zero compares none.
    function setNativeFeed(NativePrice.Source calldata source) external onlyOwner {
        if (source.toleranceBps >= 10_000) revert BadTolerance(source.toleranceBps);
        nativeFeed = source;
        emit NativeFeedChanged(source);
    }

    /// @notice Refused.
    function renounceOwnership() public pure override {
        revert OwnerNeeded();
    }

    function _payToken(Quote calldata quote, bytes calldata signature) private {
        _requireToken(quote.token);
        address to = _take(quote, signature);
        IERC20 token = IERC20(quote.token);
        uint256 before = token.balanceOf(to);
        token.safeTransferFrom(msg.sender, to, quote.amount);
        _requireReceived(token.balanceOf(to), before, quote.amount);
        emit Paid(quote.orderId, msg.sender, quote.token, quote.amount, quote.usd);
    }

    /// @dev What lay here before is not the payer's to pay with.
    function _receive(Quote calldata quote, Authorization calldata given) private {
        uint256 before = IERC20(quote.token).balanceOf(address(this));
        IReceiveWithAuthorization(quote.token).receiveWithAuthorization(
            given.payer,
            address(this),
            quote.amount,
            given.validAfter,
            given.validBefore,
            quote.orderId,
            given.v,
            given.r,
            given.s
        );
        _requireReceived(IERC20(quote.token).balanceOf(address(this)), before, quote.amount);
    }

    /// @dev Marks the order as paid before any money moves; gives where the money goes.
    function _take(Quote calldata quote, bytes calldata signature) private returns (address) {
        if (block.timestamp > quote.expiry) revert Expired(quote.expiry);
        (address by,,) = ECDSA.tryRecoverCalldata(hashQuote(quote), signature);
        if (by == address(0) || by != signer) revert BadQuote();
        if (paid[quote.orderId]) revert AlreadyPaid(quote.orderId);
        paid[quote.orderId] = true;
        return treasury;
    }

    function _requireToken(address token) private pure {
        if (token == COIN) revert WrongCurrency(token);
    }

    /// @dev Balances, not what the token says of itself: some keep a fee, some say `true` and move nothing.
    function _requireReceived(uint256 afterwards, uint256 before, uint256 amount) private pure {
        uint256 received = afterwards > before ? afterwards - before : 0;
        if (received < amount) revert Underpaid(received, amount);
    }

    function _sendCoin(address to, uint256 amount) private {
        (bool sent,) = to.call{value: amount}("");
        if (!sent) revert TreasuryRefused();
    }
}
