// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title A deposit address of one account
/// @notice Keeps what is sent to it until it is swept. It has no owner and no key: it obeys the factory that made it, whose
///         code cannot be changed and which sends to the treasury and nowhere else.
contract Forwarder {
    using SafeERC20 for IERC20;

    /// @notice Sweep through the factory: it knows the treasury, and tells the world what was swept.
    error OnlyFactory();
    /// @notice The treasury does not take coin.
    error TreasuryRefused();

    /// @notice Lies in the code that all deposit addresses of a factory share.
    address public immutable factory = msg.sender;

    receive() external payable {}

    /// @notice Sends all of a token (the zero address: coin) to `treasury`. Nothing there is no failure.
    function sweep(address token, address treasury) external returns (uint256 amount) {
        if (msg.sender != factory) revert OnlyFactory();
        if (token == address(0)) {
            amount = address(this).balance;
            if (amount == 0) return 0;
            (bool sent,) = treasury.call{value: amount}("");
            if (!sent) revert TreasuryRefused();
        } else {
            amount = IERC20(token).balanceOf(address(this));
            if (amount > 0) IERC20(token).safeTransfer(treasury, amount);
        }
    }
}
